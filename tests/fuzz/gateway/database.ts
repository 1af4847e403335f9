import { Secret } from "@backstitch/core/connector";
import { jsonText, rowFrom, type Row } from "@backstitch/core/values";
import { readable, readQuery, type Asker, type CollectionRules, type Query } from "@backstitch/rules/roles";
import { startPostgres } from "@backstitch/sandbox/postgres";
import { postgresReader } from "@backstitch/sources/postgres";
import { collectionOf, fieldsOf, type Collection } from "../../../packages/gateway/src/collections/collection.ts";
import type { Position } from "../../../packages/gateway/src/collections/cursor.ts";
import { count as countOf, list } from "../../../packages/gateway/src/collections/list.ts";
import { orderBy, sortOf, type SortKey } from "../../../packages/gateway/src/collections/sort.ts";
import { rightsOf } from "../../../packages/gateway/src/collections/visible.ts";
import { readCatalogue } from "../../../packages/gateway/src/postgres/catalogue.ts";
import { openDatabase, type Database } from "../../../packages/gateway/src/postgres/database.ts";
import { createRandom, type Random } from "../../support/random.ts";
import { chance, pick } from "../mingo-values.ts";
import { EDGE_COLUMNS, EDGE_SCHEMA, edgeTable } from "./columns.ts";
import { compiled, type GatewayFuzz, type GatewayResult } from "./decisions.ts";

const ROWS = 80;
const NOTHING: Row = rowFrom<never>([]);
const ASKERS: readonly Asker[] = [
  { user: { id: "a", data: { role: "staff", n: 1, texts: ["a", "Z", null] } }, request: NOTHING, values: NOTHING },
  { user: { id: "é", data: { role: "guest", n: 0.1, texts: ["ss"] } }, request: NOTHING, values: NOTHING },
  { user: undefined, request: NOTHING, values: NOTHING },
];

/** Random rules and filters over values at the edges of every type: page by page and counted, they give what rules give that look at every row. */
export async function fuzzDatabase({ count, seed, tell }: GatewayFuzz): Promise<GatewayResult> {
  const random = createRandom(seed);
  const postgres = await startPostgres();
  const database = openDatabase({ connectionString: new Secret(postgres.url) });
  let differences = 0;
  try {
    for (const text of EDGE_SCHEMA.split(";").filter((part) => part.trim() !== "")) await database.query(text, []);
    for (let tried = 0; tried < count; tried += 1) {
      if (tried % 200 === 0) await fill(database, random);
      const trial = await trialOf(database, random);
      const difference = await differing(database, trial).catch((error: unknown) => `${String(error)} ${JSON.stringify(error)}`);
      if (difference === undefined) continue;
      differences += 1;
      if (differences <= 10)
        tell(
          `${difference}\n  rules ${trial.file}\n  user ${JSON.stringify(trial.asker.user)}\n  filter ${trial.filter}\n  sort ${orderBy(trial.sort)}`,
        );
    }
  } finally {
    await database.close();
    await postgres.stop();
  }
  return { name: "database", count, seed, differences };
}

async function fill(database: Database, random: Random): Promise<void> {
  await database.query("DROP TABLE IF EXISTS things", []);
  await database.query(edgeTable("things"), []);
  const rows = Array.from(
    { length: ROWS },
    (_, id) => `(${[id, ...EDGE_COLUMNS.map(({ stored }) => (chance(random, 15) ? "NULL" : pick(random, stored)))].join(", ")})`,
  );
  await database.query(`INSERT INTO things VALUES ${rows.join(", ")}`, []);
}

interface Trial {
  readonly file: string;
  readonly collection: Collection;
  readonly asker: Asker;
  readonly filter: string;
  readonly query: Query;
  readonly sort: readonly SortKey[];
  readonly limit: number;
}

let known: { readonly table: Collection["table"] } | undefined;

async function trialOf(database: Database, random: Random): Promise<Trial> {
  const table = known?.table ?? (await readCatalogue(database, postgresReader)).get("things");
  if (table === undefined) throw new Error("The table is not there.");
  known = { table };
  const file = rulesText(random);
  const rules: CollectionRules = compiled(file);
  const collection = collectionOf(rules, table);
  const asker = pick(random, ASKERS);
  const { canAlwaysRead } = rightsOf(rules, asker, fieldsOf(collection));
  const sortable = table.columns.filter(({ name }) => canAlwaysRead(name) && name !== "jsonb").map(({ name }) => name);
  const wanted = sortable.length === 0 || chance(random, 40) ? undefined : `${pick(random, ["", "-"])}${pick(random, sortable)}`;
  const filter = expression(random, "", 2);
  const read = readQuery(filter);
  if (read.problems !== undefined) throw new Error(`${read.problems.map(({ message }) => message).join("\n")}\n${filter}`);
  return {
    file,
    collection,
    asker,
    filter,
    query: read.query,
    sort: sortOf(wanted, collection, asker),
    limit: 1 + random.below(30),
  };
}

/** Undefined: both say the same. */
async function differing(database: Database, { collection, asker, query, sort, limit }: Trial): Promise<string | undefined> {
  const rows = await database.cells(`SELECT ${collection.selected} FROM ${collection.table.sql} ORDER BY ${orderBy(sort)}`, []);
  const wanted = rows
    .map((row) => readable(collection.rules, asker, collection.read(row)))
    .filter((document) => document !== undefined && query.matches(document))
    .map((document) => jsonText(document ?? null));
  const found: string[] = [];
  let from: Position | undefined;
  do {
    const page = await list(database, collection, asker, { query, sort, limit, from });
    found.push(...page.documents.map((document) => jsonText(document)));
    from = page.next;
  } while (from !== undefined && found.length <= ROWS);
  if (found.join("\n") !== wanted.join("\n"))
    return `Listed are ${found.length}, and should be ${wanted.length}: ${missing(found, wanted)}`;
  const counted = await countOf(database, collection, asker, query);
  return counted === wanted.length ? undefined : `Counted are ${counted} of ${wanted.length}`;
}

function missing(found: readonly string[], wanted: readonly string[]): string {
  return (wanted.find((one) => !found.includes(one)) ?? found.find((one) => !wanted.includes(one)) ?? "another order").slice(0, 600);
}

function rulesText(random: Random): string {
  const condition = (): string => (chance(random, 30) ? pick(random, ["true", "false"]) : expression(random, "root.", 1));
  const field = (name: string): string => `${JSON.stringify(name)}:{"read":${condition()}}`;
  const roles = Array.from({ length: 1 + random.below(3) }, (_, index) => {
    const parts = [`"name":"r${index}"`];
    if (chance(random, 80)) parts.push(`"applyWhen":${condition()}`);
    if (chance(random, 20)) parts.push(`"documentFilters":{"read":${condition()}}`);
    if (chance(random, 35)) parts.push(`"read":${condition()}`);
    if (chance(random, 50))
      parts.push(
        `"fields":{${EDGE_COLUMNS.filter(() => chance(random, 12))
          .map(({ name }) => field(name))
          .join()}}`,
      );
    parts.push(`"additionalFields":{"read":${chance(random, 80) ? "true" : condition()}}`);
    return `{${parts.join()}}`;
  });
  const filters = chance(random, 30) ? `,"filters":[{"name":"f","query":${expression(random, "", 1)},"without":["mood"]}]` : "";
  return `{"roles":[${roles.join()}]${filters}}`;
}

/** @param root What paths begin with; without one they are a query's. */
function expression(random: Random, root: string, depth: number): string {
  const inner = (): string => expression(random, root, depth - 1);
  if (depth > 0 && chance(random, 40)) {
    const operator = pick(random, ["$and", "$or", "$nor", "$not"]);
    return `{"${operator}":${operator === "$not" ? inner() : `[${inner()},${inner()}]`}}`;
  }
  if (root !== "" && chance(random, 20)) return '{"user.data.role":"staff"}';
  const column = pick(random, EDGE_COLUMNS);
  return `{"${root}${column.name}":${test(random, root, column.asked)}}`;
}

function test(random: Random, root: string, asked: readonly string[]): string {
  const value = (): string => (chance(random, 75) ? pick(random, asked) : pick(random, ["null", ...pick(random, EDGE_COLUMNS).asked]));
  const path = pick(random, ["user.id", "user.data.n", "user.data.texts", "user.gone"]);
  if (root !== "" && chance(random, 25))
    return pick(random, [`{"$path":"${path}"}`, `{"$in":{"$path":"${path}"}}`, `{"$lt":{"$path":"${path}"}}`]);
  const ordered = asked.filter((one) => /^["\d-]/.test(one) || one.startsWith('{"$d') || one.startsWith('{"$num'));
  const operator = pick(random, ["$eq", "$ne", "$in", "$nin", "$exists", "$gt", "$gte", "$lt", "$lte"]);
  if (operator === "$in" || operator === "$nin") return `{"${operator}":[${[value(), value()].slice(random.below(3)).join()}]}`;
  if (operator === "$exists") return `{"$exists":${pick(random, ["true", "false"])}}`;
  if (operator === "$eq" || operator === "$ne") return `{"${operator}":${value()}}`;
  return `{"${operator}":${ordered.length === 0 ? "1" : pick(random, ordered)}}`;
}
