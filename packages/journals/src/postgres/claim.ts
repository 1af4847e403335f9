import type { ClaimedDelivery, ClaimRequest, Settlement } from "@backstitch/core/journal";
import { lacksRoom, type Rows } from "./database.ts";
import { sendable } from "../shared/lost.ts";
import { readRow } from "../shared/readable.ts";
import { lapseOf } from "../shared/standing.ts";
import { endLapsed, SWEEP_CALLS } from "./ending.ts";
import { leasing, underClaim } from "./leases.ts";
import { acceptReported, ANY_TOLD_OF } from "./news.ts";
import { goOn, park, PAUSED_ENTRIES } from "./pause.ts";
import { settle, timed } from "./settle.ts";
import { callersTime, CLAIMABLE, clockOf, NOW, owned, roomOf, type Store, workerOf } from "./store.ts";
import { storable, unstorable } from "./text.ts";

/** What each of `m` needs to be attempted; `t` is the time. Look-ups that cannot become joins: see `settle.ts`. */
const CLAIMED = `
  SELECT m.id, m.seq, m.claim, event.id AS event, m.entry, entry.body, m.service, m.lane, m.args, m.expires_at, m.attempts, t.now - m.tried_at AS tried_ms,
    m.claims, m.uncertain, m.redriven, m.quota, m.turn, event.committed_at, event.trace, event.hops,
    CASE WHEN m.uncertain AND m.claims > 1 THEN (SELECT body FROM outcome WHERE delivery = m.seq AND claim = m.claim - 1) END AS before
  FROM t, m
  LEFT JOIN LATERAL (SELECT id, committed_at, trace, hops FROM event WHERE event.seq = m.event OFFSET 0) AS event ON true
  LEFT JOIN LATERAL (SELECT body FROM entry WHERE entry.number = m.entry OFFSET 0) AS entry ON true`;

const CLAIM = `
  WITH ${NOW},
  ${roomOf("$2", "$3")},
  ready AS (
    SELECT d.* FROM room, t CROSS JOIN LATERAL (
      SELECT seq, bytes, next_at, state, entry = ANY (ARRAY(${PAUSED_ENTRIES})) AS paused FROM delivery
      WHERE service = room.service AND ${CLAIMABLE} AND next_at <= t.now
      ORDER BY next_at, seq LIMIT room.most FOR NO KEY UPDATE SKIP LOCKED
    ) AS d
    WHERE NOT ${ANY_TOLD_OF}
  ),
  sized AS (SELECT *, sum(bytes) OVER age AS total, row_number() OVER age AS nth FROM ready WHERE NOT paused WINDOW age AS (ORDER BY next_at, seq)),
  taken AS (SELECT seq, state FROM sized WHERE total <= $4::bigint OR nth = 1),
  m AS (
    UPDATE delivery AS d SET state = 'claimed', lease_at = t.now + $5::bigint, claim = d.claim + 1, claims = d.claims + 1
    FROM t WHERE d.seq = ANY (ARRAY(SELECT seq FROM taken)) RETURNING d.*
  ),
  leased AS (${leasing("m", { worker: "$6", call: "$7", until: "(SELECT now FROM t) + $5::bigint" })}),
  counted AS (INSERT INTO tally SELECT state, -count(*) FROM taken GROUP BY state),
  parked AS (UPDATE delivery AS d SET parked = true WHERE d.seq = ANY (ARRAY(SELECT seq FROM ready WHERE paused)))
  ${CLAIMED} ORDER BY m.next_at, m.seq`;

/** Under a new number, so that two calls that look for them do not both find them. */
const BY_CALL = `
  WITH ${NOW},
  lost AS (DELETE FROM lease WHERE worker = $2::int AND call = ANY ($3::bigint[]) RETURNING until, deliveries, claims),
  m AS (SELECT d.* FROM lost CROSS JOIN LATERAL ${underClaim("lost", ["claimed"], "locked")} AS d),
  leased AS (${leasing("m", { worker: "$2", call: "$4", until: "(SELECT min(until) FROM lost)" })})
  ${CLAIMED} ORDER BY m.seq`;

const AGAIN = `
  WITH ${NOW},
  m AS (SELECT * FROM delivery WHERE seq = ANY ($2::bigint[]))
  ${CLAIMED}`;

/** Takes back what lapsed, then claims what is due and first in its lane, oldest first. What another worker looks at is left to it. */
export async function claim(store: Store, request: ClaimRequest): Promise<readonly ClaimedDelivery[]> {
  const lost = await claimedUnknown(store, request);
  if (lost.length > 0) return lost;
  return store.unsure.claiming(async (call) => {
    let claimed = await claimDue(store, request, call);
    // What is due may be among what lapsed and is not ended yet.
    while (claimed.rows.length === 0 && (claimed.lapsed === SWEEP_CALLS || claimed.toldOf)) {
      if (claimed.toldOf) await acceptReported(store);
      claimed = await claimDue(store, request, call);
    }
    store.leases.note(call, claimed.rows, request.leaseMs);
    return claimedOf(store, claimed.rows);
  });
}

/** What was claimed; of how many calls the claims were ended that had lapsed; and whether nothing was claimed since far sides told of what waits. */
interface Due {
  readonly rows: Rows;
  readonly lapsed: number;
  readonly toldOf: boolean;
}

async function claimDue(store: Store, request: ClaimRequest, call: number): Promise<Due> {
  const room = [...request.room].filter(([, most]) => most > 0);
  const names = [room.map(([service]) => storable(service)), room.map(([, most]) => most)] as const;
  const values = [clockOf(store), ...names, request.bytes, request.leaseMs, workerOf(store).number, call];
  const statements = [goOn(store), park(store, ...names), endLapsed(clockOf(store))];
  // Behind what ends lapsed claims, which waits for others: nobody waits for queues that wait.
  const looking = store.queues.look();
  const claiming = [
    { name: "claim", text: CLAIM, values },
    { name: "claim.told", text: `SELECT ${ANY_TOLD_OF} AS told`, values: [] },
  ];
  const all = await owned(store, [...statements, ...looking.statements, ...claiming]);
  looking.done(all[statements.length] ?? []);
  const lapsed = all[statements.length - 1]?.[0]?.["calls"] as number;
  return { rows: all.at(-2) ?? [], lapsed, toldOf: all.at(-1)?.[0]?.["told"] === true };
}

/** What calls have claimed whose answer was lost: nobody attempts it yet. */
export async function claimedUnknown(store: Store, { leaseMs }: Pick<ClaimRequest, "leaseMs">): Promise<readonly ClaimedDelivery[]> {
  const calls = store.unsure.calls();
  if (calls.length === 0) return [];
  const { number } = workerOf(store);
  return store.unsure.claiming(async (call) => {
    const [rows = []] = await owned(store, [{ name: "claim.unknown", text: BY_CALL, values: [clockOf(store), number, calls, call] }]);
    store.leases.note(call, rows, leaseMs);
    return claimedOf(store, rows);
  });
}

/** What can never be sent has its end here, so that all else goes on. */
async function claimedOf(store: Store, rows: Rows): Promise<readonly ClaimedDelivery[]> {
  const whole = await lookedUpAgain(store, rows as unknown as readonly ClaimedRow[]);
  const now = callersTime(store);
  const rejected: Settlement[] = [];
  const claims = whole.flatMap(({ id, claim: number, body, ...row }) => {
    const entry = store.entries.read(row.entry, body);
    const eventId = row.event === null ? null : unstorable(row.event);
    const sent = sendable({ entry, eventId, text: row.args, args: readRow(row.args) });
    if ("code" in sent) {
      rejected.push({ claim: { id, number }, outcome: sent, attempts: row.attempts, next: { state: "rejected" } });
      return [];
    }
    const { rule, then = "", action = "", ifUncertain, retry, limits } = entry;
    const { attempts, claims, uncertain, redriven } = row;
    const times = { expiresAt: row.expires_at ?? undefined, triedAt: row.tried_ms === null ? undefined : now - row.tried_ms };
    const origin = {
      committedAt: row.committed_at ?? undefined,
      trace: row.trace ?? undefined,
      hops: row.hops ?? undefined,
      turn: row.turn === null ? undefined : unstorable(row.turn),
    };
    const keptBack = row.quota === null ? undefined : true;
    const standing = { ...times, attempts, claims, uncertain, limits, redriven, keptBack, lapse: lapseOf(row.before) };
    const [service, lane] = [unstorable(row.service), unstorable(row.lane)];
    return [{ id, claim: { id, number }, ...sent, rule, then, service, action, lane, ifUncertain, retry, ...standing, ...origin }];
  });
  if (rejected.length > 0) await rejectIfRoom(store, rejected);
  return claims;
}

/**
 * A row that changes while it is claimed is read as it is then, and what it refers to as it was when the statement began: what seems to be missing may
 * have been stored meanwhile.
 */
async function lookedUpAgain(store: Store, rows: readonly ClaimedRow[]): Promise<readonly ClaimedRow[]> {
  const lacking = rows.filter(({ body, event }) => body === null || event === null);
  if (lacking.length === 0) return rows;
  const values = [clockOf(store), lacking.map(({ seq }) => seq)];
  const found = await store.db.query({ name: "claim.again", text: AGAIN, values });
  const again = new Map((found as unknown as readonly ClaimedRow[]).map((row) => [row.seq, row]));
  return rows.map((row) => {
    const fresh = again.get(row.seq);
    return fresh?.claim === row.claim ? fresh : row;
  });
}

/** Without room for their outcomes they lapse, and are met again: what was claimed beside them does not wait for that. */
async function rejectIfRoom(store: Store, rejected: readonly Settlement[]): Promise<void> {
  try {
    await settle(store, timed(store, rejected));
  } catch (error) {
    if (!lacksRoom(error)) throw error;
  }
}

interface ClaimedRow {
  readonly id: string;
  readonly seq: number;
  readonly claim: number;
  readonly event: string | null;
  readonly entry: number;
  readonly body: string | null;
  readonly service: string;
  readonly lane: string;
  readonly args: string | null;
  readonly expires_at: number | null;
  readonly attempts: number;
  readonly tried_ms: number | null;
  readonly redriven: boolean;
  readonly quota: string | null;
  readonly claims: number;
  readonly uncertain: boolean;
  readonly committed_at: number | null;
  readonly trace: string | null;
  readonly hops: number | null;
  readonly turn: string | null;
  /** The outcome of the claim before. */
  readonly before: string | null;
}
