import type { DeliveryState, Unaccounted } from "@backstitch/core/journal";
import type { Client } from "pg";
import { eventUnaccounted, MOST_UNACCOUNTED, unaccounted, withoutOutcome, wrongCount } from "../shared/unaccounted.ts";
import { connectSession, explain, type Place } from "./connect.ts";
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

/** As everything stands at one moment, while the workers go on. It takes as long as it takes, over a connection of its own. */
export async function verify(place: Place): Promise<readonly Unaccounted[]> {
  const client = await connectSession(place, 0);
  try {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await client.query("SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; SET LOCAL plan_cache_mode = force_custom_plan");
    return await lookThrough(client);
  } catch (error) {
    throw explain(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function lookThrough(client: Client): Promise<readonly Unaccounted[]> {
  const ends = await client.query<{ id: string; state: DeliveryState }>(WITHOUT_OUTCOME, [MOST_UNACCOUNTED, TOLD]);
  const found = ends.rows.map(({ id, state }) => withoutOutcome(id, state));
  const events = await client.query<{ id: string; asked: number; there: number }>(EVENTS, [MOST_UNACCOUNTED]);
  found.push(...events.rows.map(({ id, asked, there }) => eventUnaccounted(unstorable(id), asked, there)));
  found.push(...(await unreadable(client)));
  const counts = await client.query<{ state: string; there: number; counted: number }>(WRONG_COUNTS, [STATES]);
  found.push(...counts.rows.map(({ state, there, counted }) => wrongCount(state, there, counted)));
  for (const [code, query] of LOOKS) {
    const { rows } = await client.query<{ id: string }>(`${query} LIMIT $1`, [MOST_UNACCOUNTED]);
    found.push(...rows.map(({ id }) => unaccounted(code, id)));
  }
  return found.slice(0, MOST_UNACCOUNTED);
}

/** So many a query: with a backlog they may be all that is pending. */
const LOOKED_AT = 1_000;

async function unreadable(client: Client): Promise<readonly Unaccounted[]> {
  const found: Unaccounted[] = [];
  for (let after = 0; found.length < MOST_UNACCOUNTED;) {
    const { rows } = await client.query<{ id: string; seq: number; args: string }>(ARGUMENTS, [after, LOOKED_AT]);
    found.push(...rows.filter(({ args }) => readRow(args) === undefined).map(({ id }) => unaccounted("ARGUMENTS_UNREADABLE", id)));
    if (rows.length < LOOKED_AT) break;
    after = Number(rows.at(-1)?.seq);
  }
  return found;
}
