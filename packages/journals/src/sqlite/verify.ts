import type { Unaccounted } from "@backstitch/core/journal";
import { MOST_UNACCOUNTED, eventUnaccounted, unaccounted, withoutOutcome, wrongCount } from "../shared/unaccounted.ts";
import { FORGOTTEN, TOLD } from "../shared/ends.ts";
import { readRow } from "../shared/readable.ts";
import { STATES } from "../shared/states.ts";
import { codeOf, stateOf } from "./schema.ts";
import type { Store } from "./store.ts";

/** Each goes once through a table or an index, however much there is: a lane may hold everything. Settled is > 5, held 5. */
const LOOKS = [
  [
    "ARGUMENTS_MISSING",
    "SELECT id FROM delivery LEFT JOIN payload ON payload.delivery = delivery.seq WHERE state < 6 AND payload.delivery IS NULL LIMIT ?",
  ],
  ["ENTRY_MISSING", "SELECT id FROM delivery WHERE entry NOT IN (SELECT seq FROM entry WHERE json_valid(body)) LIMIT ?"],
  ["EVENT_MISSING", "SELECT delivery.id FROM delivery LEFT JOIN event ON event.seq = delivery.event WHERE event.seq IS NULL LIMIT ?"],
  [
    "NEVER_DUE",
    "SELECT id FROM delivery WHERE state < 5 AND (next_at IS NULL OR blocked = 3 AND quota NOT IN (SELECT name FROM queue)) LIMIT ?",
  ],
  [
    "LANE_STUCK",
    `SELECT id FROM delivery WHERE seq IN (
      SELECT min(seq) FROM delivery WHERE queued = 1 AND lane <> '' GROUP BY lane, redriven
      HAVING min(blocked = 1) = 1 AND (lane, redriven) NOT IN (SELECT lane, redriven FROM delivery WHERE state > 2 AND state IN (3, 4))
    ) LIMIT ?`,
  ],
  [
    "LANE_BROKEN",
    `SELECT id FROM delivery WHERE seq IN (
      SELECT max(seq) FROM delivery WHERE state < 6 AND blocked <> 1 GROUP BY lane, redriven HAVING count(*) > 1
    ) LIMIT ?`,
  ],
] as const;

const EVENTS = `
  SELECT id, asked, coalesce(n, 0) AS there FROM event LEFT JOIN (SELECT event AS of, count(*) AS n FROM delivery GROUP BY event) ON of = seq
  WHERE asked <> coalesce(n, 0) OR (asked = 0 AND unmatched = 0 AND undecided IS NULL) LIMIT ?`;

/** What may not be readable: a text with a tag is looked at by who reads it. */
const ARGUMENTS = `
  SELECT id, args FROM delivery JOIN payload ON payload.delivery = seq
  WHERE state < 6 AND CASE WHEN json_valid(args) THEN json_type(args) <> 'object' OR instr(args, '"$"') > 0 ELSE 1 END`;

const LAST_OUTCOME = `
  SELECT CASE WHEN NOT json_valid(body) THEN '' WHEN body ->> '$.kind' = 'decided' THEN body ->> '$.code' ELSE body ->> '$.kind' END
  FROM outcome WHERE outcome.delivery = delivery.seq AND instr(body, '"code":"${FORGOTTEN}"') = 0 ORDER BY claim DESC LIMIT 1`;
const NAME = `CASE state ${STATES.map((state) => `WHEN ${codeOf(state)} THEN '${state}'`).join(" ")} END`;
const WITHOUT_OUTCOME = `
  SELECT id, state FROM delivery WHERE state > 4
  AND ${NAME} || ' ' || coalesce((${LAST_OUTCOME}), '') NOT IN (${TOLD.map((told) => `'${told}'`).join(", ")}) LIMIT ?`;

/** In one transaction, so that a process beside it changes nothing of what is looked at. */
export function verify(store: Store): Unaccounted[] {
  store.sql("BEGIN").run();
  try {
    const found = [...damage(store), ...withoutOutcomes(store), ...eventsUnaccounted(store), ...unreadable(store), ...wrongCounts(store)];
    for (const [code, query] of LOOKS) {
      const rows = store.sql(query).all(MOST_UNACCOUNTED) as unknown as { id: string }[];
      found.push(...rows.map(({ id }) => unaccounted(code, id)));
    }
    return found.slice(0, MOST_UNACCOUNTED);
  } finally {
    store.sql("ROLLBACK").run();
  }
}

function damage(store: Store): readonly Unaccounted[] {
  const { quick_check } = store.sql("PRAGMA quick_check(1)").get() as { quick_check: string };
  return quick_check === "ok" ? [] : [{ id: "journal", code: "FILE_DAMAGED", reason: `SQLite says of the file: ${quick_check}.` }];
}

function withoutOutcomes(store: Store): readonly Unaccounted[] {
  const rows = store.sql(WITHOUT_OUTCOME).all(MOST_UNACCOUNTED) as unknown as { id: string; state: number }[];
  return rows.map(({ id, state }) => withoutOutcome(id, stateOf(state)));
}

function eventsUnaccounted(store: Store): readonly Unaccounted[] {
  const rows = store.sql(EVENTS).all(MOST_UNACCOUNTED) as unknown as { id: string; asked: number; there: number }[];
  return rows.map(({ id, asked, there }) => eventUnaccounted(id, asked, there));
}

function unreadable(store: Store): readonly Unaccounted[] {
  const found: Unaccounted[] = [];
  for (const row of store.sql(ARGUMENTS).iterate()) {
    const { id, args } = row as { id: string; args: string };
    if (readRow(args) === undefined) found.push(unaccounted("ARGUMENTS_UNREADABLE", id));
    if (found.length === MOST_UNACCOUNTED) break;
  }
  return found;
}

function wrongCounts(store: Store): readonly Unaccounted[] {
  const rows = store.sql("SELECT state, count(*) AS n FROM delivery GROUP BY state").all() as unknown as { state: number; n: number }[];
  const there = new Map(rows.map(({ state, n }) => [stateOf(state), n]));
  const tally = store.sql("SELECT name, n FROM tally").all() as unknown as { name: string; n: number }[];
  const counted = new Map(tally.map(({ name, n }) => [name, n]));
  const wrong = STATES.filter((state) => (there.get(state) ?? 0) !== (counted.get(state) ?? 0));
  return wrong.map((state) => wrongCount(state, there.get(state) ?? 0, counted.get(state) ?? 0));
}
