import type { DeliveryState, Unaccounted } from "@backstitch/core/journal";
import { eventUnaccounted, MOST_UNACCOUNTED, unaccounted, withoutOutcome, wrongCount } from "../shared/unaccounted.ts";
import type { Rows } from "./database.ts";
import type { Store } from "./store.ts";
import { unstorable } from "./text.ts";
import { FORGOTTEN, TOLD } from "../shared/ends.ts";
import { readRow } from "../shared/readable.ts";
import { STATES } from "../shared/states.ts";

/** Each goes through a table or an index, however much there is: a lane may hold everything. */
const LOOKS = [
  ["ARGUMENTS_MISSING", "SELECT id FROM delivery WHERE phase < 2 AND args IS NULL"],
  [
    "ENTRY_MISSING",
    "SELECT id FROM delivery WHERE NOT EXISTS (SELECT FROM entry WHERE entry.number = delivery.entry AND is_object(entry.body))",
  ],
  ["EVENT_MISSING", "SELECT id FROM delivery WHERE NOT EXISTS (SELECT FROM event WHERE event.seq = delivery.event)"],
  [
    "NEVER_DUE",
    `SELECT id FROM delivery WHERE phase = 0 AND (next_at IS NULL OR kept_back AND NOT EXISTS (SELECT FROM queue WHERE name = delivery.quota) OR state IN ('claimed', 'started') AND NOT EXISTS (
      SELECT FROM lease WHERE delivery.seq = ANY(deliveries) AND claims[array_position(deliveries, delivery.seq)] = delivery.claim
    ))`,
  ],
  [
    "LANE_STUCK",
    `SELECT id FROM delivery WHERE seq IN (
      SELECT min(seq) FROM delivery WHERE place > 0 AND phase < 2 GROUP BY lane, redriven HAVING min(place) = 2
    ) OR (phase < 2 AND place = 0)`,
  ],
  [
    "LANE_BROKEN",
    `SELECT id FROM delivery WHERE seq IN (SELECT max(seq) FROM delivery WHERE place = 1 GROUP BY lane, redriven HAVING count(*) > 1)
      OR (place > 0 AND phase = 2)`,
  ],
] as const;

const EVENTS = `
  SELECT id, asked, coalesce(n, 0)::int AS there FROM event LEFT JOIN (SELECT event, count(*) AS n FROM delivery GROUP BY event) AS of ON of.event = event.seq
  WHERE asked <> coalesce(n, 0) OR (asked = 0 AND NOT unmatched AND NOT EXISTS (SELECT FROM undecided WHERE undecided.event = event.seq)) LIMIT $1`;

/** What may not be readable: a text with a tag is looked at by who reads it. */
const ARGUMENTS = `
  SELECT id, seq, args FROM delivery WHERE phase < 2 AND args IS NOT NULL AND seq > $1 AND (NOT is_object(args) OR strpos(args, '"$"') > 0)
  ORDER BY seq LIMIT $2`;

/** Not as JSON, of which the server takes no \\u0000: an outcome begins with its kind, and an accepted one alone has no code. */
const LAST_OUTCOME = `
  SELECT CASE WHEN kind = 'decided' THEN code WHEN (kind = 'accepted') = (code IS NULL) THEN kind ELSE '' END FROM (
    SELECT code, substring(body FROM '"kind":"([a-z-]+)"') AS kind FROM outcome
    WHERE outcome.delivery = delivery.seq AND code IS DISTINCT FROM '${FORGOTTEN}' ORDER BY claim DESC LIMIT 1
  ) AS last`;
const WITHOUT_OUTCOME = `
  SELECT id, state FROM delivery WHERE phase > 0 AND state || ' ' || coalesce((${LAST_OUTCOME}), '') <> ALL ($2::text[]) ORDER BY seq LIMIT $1`;

/** What is under a claim is counted where it stands. */
const WRONG_COUNTS = `
  SELECT state, coalesce(there.n, 0)::int AS there, coalesce(counted.n, 0)::int AS counted FROM unnest($1::text[]) AS state
  LEFT JOIN (SELECT state, count(*) AS n FROM delivery GROUP BY state) AS there USING (state)
  LEFT JOIN (SELECT name AS state, sum(n) AS n FROM tally GROUP BY name) AS counted USING (state)
  WHERE state NOT IN ('claimed', 'started') AND coalesce(there.n, 0) <> coalesce(counted.n, 0)`;

/** Once a transaction has begun. However long a look takes: the server waits, and it may go by whole tables. */
const SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";
const UNHURRIED = `SELECT set_config(name, value, true) FROM (VALUES
  ('statement_timeout', '0'), ('enable_seqscan', 'on'), ('enable_hashjoin', 'on'), ('plan_cache_mode', 'force_custom_plan')
) AS wanted (name, value)`;
/** The longest that a timer takes: 24 days. */
const AS_LONG_AS_IT_TAKES = 2 ** 31 - 1;

type Look = (name: string, text: string, values?: readonly unknown[]) => Promise<Rows>;

/** As everything stands at one moment, while the workers go on. It takes as long as it takes. */
export async function verify({ db }: Store): Promise<readonly Unaccounted[]> {
  return db.interactive(async (query) => {
    const look: Look = (name, text, values = []) => query({ name: `verify.${name}`, text, values, waitMs: AS_LONG_AS_IT_TAKES });
    await look("snapshot", SNAPSHOT);
    await look("unhurried", UNHURRIED);
    return lookThrough(look);
  });
}

async function lookThrough(look: Look): Promise<readonly Unaccounted[]> {
  const ends = await look("ends", WITHOUT_OUTCOME, [MOST_UNACCOUNTED, TOLD]);
  const found = ends.map(({ id, state }) => withoutOutcome(id as string, state as DeliveryState));
  const events = await look("events", EVENTS, [MOST_UNACCOUNTED]);
  found.push(...events.map(({ id, asked, there }) => eventUnaccounted(unstorable(id as string), asked as number, there as number)));
  found.push(...(await unreadable(look)));
  const counts = await look("counts", WRONG_COUNTS, [STATES]);
  found.push(...counts.map(({ state, there, counted }) => wrongCount(state as string, there as number, counted as number)));
  for (const [index, [code, text]] of LOOKS.entries()) {
    const rows = await look(`look ${index}`, `${text} LIMIT $1`, [MOST_UNACCOUNTED]);
    found.push(...rows.map(({ id }) => unaccounted(code, id as string)));
  }
  return found.slice(0, MOST_UNACCOUNTED);
}

/** So many a query: with a backlog they may be all that is pending. */
const LOOKED_AT = 1_000;

async function unreadable(look: Look): Promise<readonly Unaccounted[]> {
  const found: Unaccounted[] = [];
  for (let after = 0; found.length < MOST_UNACCOUNTED;) {
    const rows = await look("arguments", ARGUMENTS, [after, LOOKED_AT]);
    const broken = rows.filter(({ args }) => readRow(args as string) === undefined);
    found.push(...broken.map(({ id }) => unaccounted("ARGUMENTS_UNREADABLE", id as string)));
    if (rows.length < LOOKED_AT) break;
    after = Number(rows.at(-1)?.seq);
  }
  return found;
}
