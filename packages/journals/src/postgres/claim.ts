import type { ClaimedDelivery, ClaimRequest } from "@backstitch/core/journal";
import { decodeValue, type Row } from "@backstitch/core/values";
import { lapseOutcome } from "../shared/standing.ts";
import type { Rows, Statement } from "./database.ts";
import { callersTime, clockOf, NOW, owned, roomOf, type Store, workerOf } from "./store.ts";
import { goOn, park, PAUSED_ENTRIES } from "./pause.ts";
import { storable, unstorable } from "./text.ts";

/** Most lapsed claims that one call takes back. */
const SWEEP_ROWS = 1_000;

/** Ends claims without an outcome: pending again at its old place, or uncertain where a request may have been written. `which` finds them. */
function ending(which: string): string {
  return `
  WITH ${NOW},
  over AS (SELECT d.seq, d.state FROM delivery AS d, t WHERE d.phase = 1 AND ${which}),
  moved AS (
    UPDATE delivery AS d SET
      state = CASE over.state WHEN 'started' THEN 'uncertain' ELSE 'pending' END,
      next_at = CASE over.state WHEN 'started' THEN t.now ELSE least(d.recorded_at, t.now) END,
      attempts = CASE over.state WHEN 'started' THEN d.attempts + 1 ELSE d.attempts END,
      tried_at = CASE over.state WHEN 'started' THEN coalesce(d.tried_at, t.now) ELSE d.tried_at END,
      uncertain = d.uncertain OR over.state = 'started'
    FROM over, t WHERE d.seq = over.seq
    RETURNING d.seq, d.claim, d.attempts, d.state
  ),
  kept AS (
    INSERT INTO outcome (delivery, claim, attempt, at, code, body)
    SELECT seq, claim, attempts, t.now, $3::text, $2::text FROM moved, t WHERE state = 'uncertain'
  )
  INSERT INTO tally SELECT state, count(*) FROM moved GROUP BY state`;
}

const LAPSED = ending(`d.next_at <= t.now ORDER BY d.next_at LIMIT ${SWEEP_ROWS} FOR NO KEY UPDATE OF d SKIP LOCKED`);
const VOID = ending("d.worker = $4::int FOR NO KEY UPDATE OF d");

/** Ends every claim of an earlier process of this worker's name. */
export function voidClaims(clock: number | null, worker: number): Statement {
  return { name: "claim.void", text: VOID, values: [clock, JSON.stringify(lapseOutcome("CRASHED")), "CRASHED", worker] };
}

/** What a claim needs to be attempted; `m` is the delivery, `t` the time. */
const CLAIMED = `
  m.id, m.claim, event.id AS event, m.entry, entry.body, m.service, m.lane, m.args, m.expires_at, m.attempts, (SELECT now FROM t) - m.tried_at AS tried_ms,
  m.claims, m.uncertain, m.redriven, m.turn, event.committed_at, event.trace`;

const CLAIM = `
  WITH ${NOW},
  ${roomOf("$2", "$3")},
  ready AS (
    SELECT d.* FROM room, t CROSS JOIN LATERAL (
      SELECT seq, bytes, next_at, state, entry = ANY (ARRAY(${PAUSED_ENTRIES})) AS paused FROM delivery
      WHERE service = room.service AND phase = 0 AND place < 2 AND NOT parked AND next_at <= t.now
      ORDER BY next_at, seq LIMIT room.most FOR NO KEY UPDATE SKIP LOCKED
    ) AS d
  ),
  sized AS (SELECT *, sum(bytes) OVER age AS total, row_number() OVER age AS nth FROM ready WHERE NOT paused WINDOW age AS (ORDER BY next_at, seq)),
  taken AS (SELECT seq, state, nth FROM sized WHERE total <= $4::bigint OR nth = 1),
  m AS (
    UPDATE delivery AS d SET state = 'claimed', next_at = t.now + $5::bigint, claim = d.claim + 1, claims = d.claims + 1,
      worker = $6::int, call = $7::bigint
    FROM taken, t WHERE d.seq = taken.seq
    RETURNING d.*, taken.nth
  ),
  counted AS (INSERT INTO tally SELECT state, -count(*) FROM taken GROUP BY state),
  parked AS (UPDATE delivery AS d SET parked = true FROM ready WHERE ready.paused AND d.seq = ready.seq)
  SELECT ${CLAIMED} FROM m JOIN event ON event.seq = m.event JOIN entry ON entry.number = m.entry ORDER BY m.nth`;

/** Under a new number, so that two calls that look for them do not both find them. */
const BY_CALL = `
  WITH ${NOW},
  m AS (
    UPDATE delivery SET call = $4::bigint WHERE phase = 1 AND state = 'claimed' AND worker = $2::int AND call = ANY($3::bigint[]) RETURNING *
  )
  SELECT ${CLAIMED} FROM m JOIN event ON event.seq = m.event JOIN entry ON entry.number = m.entry ORDER BY m.seq`;

/** Takes back what lapsed, then claims what is due and first in its lane, oldest first. What another worker looks at is left to it. */
export async function claim(store: Store, request: ClaimRequest): Promise<readonly ClaimedDelivery[]> {
  const lost = await claimedUnknown(store);
  if (lost.length > 0) return lost;
  const { number } = workerOf(store);
  const room = [...request.room].filter(([, most]) => most > 0);
  const names = [room.map(([service]) => storable(service)), room.map(([, most]) => most)] as const;
  return store.unsure.claiming(async (call) => {
    const [, , , rows = []] = await owned(store, [
      goOn(store),
      park(store, ...names),
      { name: "claim.lapsed", text: LAPSED, values: [clockOf(store), JSON.stringify(lapseOutcome("CLAIM_LAPSED")), "CLAIM_LAPSED"] },
      { name: "claim", text: CLAIM, values: [clockOf(store), ...names, request.bytes, request.leaseMs, number, call] },
    ]);
    return claimedOf(store, rows);
  });
}

/** What calls have claimed whose answer was lost: nobody attempts it yet. */
export async function claimedUnknown(store: Store): Promise<readonly ClaimedDelivery[]> {
  const calls = store.unsure.calls();
  if (calls.length === 0) return [];
  return store.unsure.claiming(async (call) => {
    const [rows = []] = await owned(store, [
      { name: "claim.unknown", text: BY_CALL, values: [clockOf(store), workerOf(store).number, calls, call] },
    ]);
    return claimedOf(store, rows);
  });
}

function claimedOf(store: Store, rows: Rows): readonly ClaimedDelivery[] {
  const now = callersTime(store);
  return (rows as unknown as readonly ClaimedRow[]).map(({ id, claim: number, entry, body, ...row }) => {
    const { rule, then = "", action = "", ifUncertain, retry, limits } = store.entries.read(entry, body);
    const { attempts, claims, uncertain } = row;
    const times = { expiresAt: row.expires_at ?? undefined, triedAt: row.tried_ms === null ? undefined : now - row.tried_ms };
    const origin = {
      committedAt: row.committed_at ?? undefined,
      trace: row.trace ?? undefined,
      turn: row.turn === null ? undefined : unstorable(row.turn),
    };
    const standing = { ...times, attempts, claims, uncertain, limits: row.redriven ? undefined : limits };
    const [service, lane, eventId] = [unstorable(row.service), unstorable(row.lane), unstorable(row.event)];
    const args = decodeValue(row.args) as Row;
    return { id, claim: { id, number }, eventId, rule, then, service, action, args, lane, ifUncertain, retry, ...standing, ...origin };
  });
}

interface ClaimedRow {
  readonly id: string;
  readonly claim: number;
  readonly event: string;
  readonly entry: number;
  readonly body: string;
  readonly service: string;
  readonly lane: string;
  readonly args: string;
  readonly expires_at: number | null;
  readonly attempts: number;
  readonly tried_ms: number | null;
  readonly redriven: boolean;
  readonly claims: number;
  readonly uncertain: boolean;
  readonly committed_at: number | null;
  readonly trace: string | null;
  readonly turn: string | null;
}
