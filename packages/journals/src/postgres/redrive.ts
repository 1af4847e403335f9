import { mayMove, type DeliveryState, type Note, type RedriveRequest } from "@backstitch/core/journal";
import { encodeValue } from "@backstitch/core/values";
import type { Entry } from "../shared/entry.ts";
import { readRow } from "../shared/readable.ts";
import { decidedOutcome, HELD_BY_HAND } from "../shared/standing.ts";
import type { Rows, Statement } from "./database.ts";
import { STATES } from "../shared/states.ts";
import { releaseUntallied } from "./settle.ts";
import { clockOf, lock, NOW, type Store } from "./store.ts";
import { storable } from "./text.ts";

const FIND = `
  SELECT d.id, d.entry, d.args, entry.body FROM delivery AS d JOIN entry ON entry.number = d.entry
  WHERE d.id = ANY($1::text[]) AND d.service IS NOT NULL`;

/** Whether a person held the delivery `d`, and not its rule. */
export const BY_HAND = `(SELECT code FROM outcome WHERE delivery = d.seq AND claim = d.claim) IS NOT DISTINCT FROM '${HELD_BY_HAND}'`;

/** What was settled or held comes back, and leaves the lane that it is in. Arguments that are stored and can be read stay, and their entry with them. */
const REDRIVE = `
  WITH ${NOW},
  asked AS (SELECT * FROM unnest($2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $10::text[], $11::boolean[]) AS asked (id, entry, service, lane, args, turn, unreadable)),
  over AS (
    SELECT d.seq, d.state, d.attempts, d.bytes, d.args IS NULL OR asked.unreadable AS bare, asked.* FROM asked JOIN delivery AS d ON d.id = asked.id
    WHERE d.state = ANY($9::text[]) AND (asked.args IS NOT NULL OR d.args IS NOT NULL AND NOT asked.unreadable)
    FOR NO KEY UPDATE OF d
  ),
  moved AS (
    UPDATE delivery AS d SET
      state = 'pending', next_at = t.now, attempts = 0, tried_at = NULL, claim = d.claim + 1, claims = 0,
      uncertain = d.uncertain AND (d.state <> 'held' OR ${BY_HAND}), redriven = true, place = 0, purged = false, parked = false, expires_at = NULL,
      args = CASE WHEN over.bare THEN over.args ELSE d.args END,
      turn = CASE WHEN over.bare THEN over.turn ELSE d.turn END,
      bytes = CASE WHEN over.bare THEN octet_length(over.args) ELSE d.bytes END,
      entry = CASE WHEN over.bare THEN over.entry ELSE d.entry END,
      service = CASE WHEN over.bare THEN over.service ELSE d.service END,
      lane = CASE WHEN d.lane = '' THEN over.lane ELSE d.lane END
    FROM over, t WHERE d.seq = over.seq
    RETURNING d.seq, d.id, d.claim, over.attempts AS before, over.state AS was, d.bytes - over.bytes AS more
  ),
  kept AS (
    INSERT INTO outcome (delivery, claim, attempt, at, code, body)
    SELECT seq, claim, before, t.now, $7::text, $8::text FROM moved, t WHERE $8::text IS NOT NULL
  ),
  unreported AS (DELETE FROM report USING moved WHERE report.delivery = moved.seq),
  counted AS (
    INSERT INTO tally SELECT was, -count(*) FROM moved GROUP BY was
    UNION ALL SELECT 'pending', count(*) FROM moved UNION ALL SELECT 'bytes', coalesce(sum(more), 0) FROM moved
  )
  SELECT id FROM moved`;

/** Those that came back queue up in the lane of what was sent again: the first that was asked for is first, where nobody is. */
const JOIN = `
  WITH asked AS (SELECT * FROM unnest($1::text[]) WITH ORDINALITY AS asked (id, nth)),
  joining AS (
    SELECT d.seq, CASE
      WHEN EXISTS (SELECT FROM delivery AS first WHERE first.lane = d.lane AND first.redriven AND first.place = 1) THEN 2
      ELSE least(2, row_number() OVER (PARTITION BY d.lane ORDER BY asked.nth))
    END AS place
    FROM asked JOIN delivery AS d ON d.id = asked.id WHERE d.state = 'pending' AND d.redriven AND d.place = 0
  )
  UPDATE delivery AS d SET place = joining.place FROM joining WHERE d.seq = joining.seq`;

/** Adds or takes away the lanes of these deliveries, and these, in which another waits. */
const TALLY = `
  WITH lanes AS (
    SELECT lane FROM unnest($2::text[]) AS asked (lane) UNION
    SELECT d.lane FROM unnest($1::text[]) AS asked (id) CROSS JOIN LATERAL (SELECT lane FROM delivery WHERE delivery.id = asked.id OFFSET 0) AS d
  )
  INSERT INTO tally SELECT 'blocked lanes', $3::int * count(*) FROM lanes CROSS JOIN (VALUES (false), (true)) AS of (redriven)
  WHERE lane <> '' AND EXISTS (
    SELECT FROM delivery AS behind WHERE behind.lane = lanes.lane AND behind.redriven = of.redriven AND behind.place = 2 OFFSET 0
  )
  HAVING count(*) > 0`;

/** Around what moves deliveries between places in lanes: what was blocked before is taken away, what is afterwards added. */
export function tallyLanes(ids: readonly string[], lanes: readonly string[], sign: 1 | -1): Statement {
  return { name: "lanes.tally", text: TALLY, values: [ids, lanes, sign] };
}

/** Returns the ids that were redriven, each once. */
export async function redrive(store: Store, requests: readonly RedriveRequest[], note: Note | undefined): Promise<readonly string[]> {
  const found = await store.db.query({ name: "redrive.find", text: FIND, values: [requests.map(({ id }) => id)] });
  const wanted = wantedOf(store, found, requests);
  await store.entries.store(wanted.map(({ entry }) => entry));
  const ids = wanted.map(({ id }) => id);
  const lanes = wanted.flatMap(({ lane }) => lane ?? []);
  const leave = [releaseUntallied(store, ids, false), releaseUntallied(store, ids, true)];
  const join = { name: "redrive.join", text: JOIN, values: [ids] };
  const [, , rows = []] = await store.db.transaction([
    lock("lanes", "alone"),
    tallyLanes(ids, lanes, -1),
    redriveStatement(store, wanted, note),
    ...leave,
    join,
    tallyLanes(ids, lanes, 1),
  ]);
  const redriven = new Set(rows.map((row) => row["id"] as string));
  return requests.map(({ id }) => id).filter((id) => redriven.delete(id));
}

interface Wanted {
  readonly id: string;
  readonly entry: Entry;
  readonly service: string | null;
  readonly lane: string | null;
  readonly args: string | null;
  readonly turn: string | null;
  /** Whether what is stored of its arguments cannot be read: as by whoever claims it, which the server could not tell. */
  readonly isUnreadable: boolean;
}

function wantedOf(store: Store, found: Rows, requests: readonly RedriveRequest[]): readonly Wanted[] {
  const byId = new Map(
    found.map((row) => {
      const entry = store.entries.read(row["entry"] as number, row["body"] as string);
      return [row["id"] as string, { entry, isUnreadable: readRow(row["args"] as string | null) === undefined }];
    }),
  );
  const wanted = new Map<string, Wanted>();
  for (const request of requests) {
    const { id } = request;
    const stored = byId.get(id);
    if (stored?.entry.action !== undefined && !wanted.has(id)) wanted.set(id, oneWanted(request, stored));
  }
  return [...wanted.values()];
}

function oneWanted({ id, rendered }: RedriveRequest, stored: Pick<Wanted, "entry" | "isUnreadable">): Wanted {
  if (rendered === undefined) return { id, ...stored, service: null, lane: null, args: null, turn: null };
  const { service, action, args, lane, ifUncertain, retry, turn } = rendered;
  return {
    id,
    entry: { ...stored.entry, action, ifUncertain, retry },
    isUnreadable: stored.isUnreadable,
    service: storable(service),
    lane: storable(lane),
    args: encodeValue(args),
    turn: turn === undefined ? null : storable(turn),
  };
}

function redriveStatement(store: Store, wanted: readonly Wanted[], note: Note | undefined): Statement {
  const entries = wanted.map(({ entry }) => store.entries.numberOf(entry));
  const texts = [wanted.map(({ service }) => service), wanted.map(({ lane }) => lane), wanted.map(({ args }) => args)];
  const outcome = note === undefined ? undefined : decidedOutcome("retry", note);
  const kept = [outcome?.code ?? null, outcome === undefined ? null : JSON.stringify(outcome)];
  const values = [
    clockOf(store),
    wanted.map(({ id }) => id),
    entries,
    ...texts,
    ...kept,
    statesOf("redrive"),
    wanted.map(({ turn }) => turn),
    wanted.map(({ isUnreadable }) => isUnreadable),
  ];
  return { name: "redrive", text: REDRIVE, values };
}

/** The states from which it may be done. */
export function statesOf(move: Parameters<typeof mayMove>[0]): readonly DeliveryState[] {
  return STATES.filter((state) => mayMove(move, state));
}
