import { rowFrom, type Row } from "@backstitch/core/values";
import type { Asker } from "@backstitch/rules/roles";
import { collectionOf, type Collection } from "../../../packages/gateway/src/collections/collection.ts";
import { count as countOf, list } from "../../../packages/gateway/src/collections/list.ts";
import { queryOf } from "../../../packages/gateway/src/collections/parameters.ts";
import { sortOf } from "../../../packages/gateway/src/collections/sort.ts";
import { HttpProblem } from "../../../packages/gateway/src/http/problem.ts";
import { identifier, type Column, type Table } from "../../../packages/gateway/src/postgres/catalogue.ts";
import type { Queries } from "../../../packages/gateway/src/postgres/database.ts";
import { createRandom, type Random } from "../../support/random.ts";
import { chance, pick } from "../mingo-values.ts";
import { compiled, type GatewayFuzz, type GatewayResult } from "./decisions.ts";
import { hostileFilter, hostileText } from "./hostile.ts";
import { defectOf, vocabularyOf } from "./statement.ts";

const TYPES = [
  "int4",
  "int8",
  "numeric",
  "float8",
  "text",
  "varchar",
  "uuid",
  "bool",
  "date",
  "timestamp",
  "timestamptz",
  "jsonb",
  "bpchar",
  "_text",
];
/** A column may be called anything. */
const ODD = ["a b", 'x"; --', "it's", "$1", "__proto__", "constructor", "é", "select", "a.b"];

const TABLE = tableOf();
const VOCABULARY = vocabularyOf(TABLE);
/** Everybody reads everything; what the asker's own data say; what is withheld from some. */
const COLLECTIONS: readonly Collection[] = [
  { roles: [{ name: "all", read: true }] },
  {
    roles: [
      {
        name: "own",
        applyWhen: { "root.text": { $path: "user.id" } },
        fields: { int8: { read: false } },
        additionalFields: { read: true },
      },
    ],
  },
  {
    roles: [
      { name: "staff", applyWhen: { "user.data.role": { $in: ["staff"] } }, read: { "root.numeric": { $gt: { $path: "user.data.n" } } } },
      {
        name: "rest",
        applyWhen: { "root.varchar": { $in: { $path: "user.data.teams" } } },
        fields: { text: { read: { "root.bool": true } } },
        additionalFields: { read: true },
      },
    ],
    filters: [{ name: "mine", query: { uuid: { $ne: { $path: "user.id" } } } }],
  },
].map((file) => collectionOf(compiled(JSON.stringify(file)), TABLE));

function tableOf(): Table {
  const columns = [...TYPES.map((type) => ({ name: type, type })), ...ODD.map((name) => ({ name, type: "text" }))].map(
    ({ name, type }, index): Column => ({
      name,
      index,
      sql: identifier(name),
      type,
      typeSchema: "pg_catalog",
      labels: [],
      dimensions: 0,
      declared: `pg_catalog.${type}`,
      isNullable: index % 2 === 1,
      hasDefault: false,
      isGenerated: false,
      isLoose: type === "varchar",
      read: (text) => text,
    }),
  );
  return { name: "things", sql: `${identifier("public")}.${identifier("things")}`, columns, key: columns.slice(0, 1) };
}

/** Random filters, and orders, that try to be more than values: what comes to the database is a statement of known parts alone. */
export async function fuzzFilters({
  count,
  seed,
  tell,
}: GatewayFuzz): Promise<GatewayResult & { readonly taken: number; readonly statements: number }> {
  const random = createRandom(seed);
  const fields = [...TABLE.columns.map(({ name }) => name), ...TYPES];
  let differences = 0;
  let taken = 0;
  let statements = 0;
  const differs = (text: string): void => {
    differences += 1;
    if (differences <= 10) tell(text);
  };
  for (let tried = 0; tried < count; tried += 1) {
    const filter = hostileFilter(random, fields);
    const look = async (sql: string, parameters: readonly (string | null)[]): Promise<readonly never[]> => {
      statements += 1;
      const defect = defectOf(sql, parameters, VOCABULARY);
      if (defect !== undefined) differs(`${defect}:\n  filter ${filter}\n  sql ${sql}`);
      return [];
    };
    const database: Queries = {
      query: look,
      cells: look,
      first: async (sql, parameters) => ({ rows: await look(sql, parameters), characters: 0, isWhole: true }),
    };
    try {
      await asked(random, database, filter);
      taken += 1;
    } catch (error) {
      if (!(error instanceof HttpProblem) || error.status !== 400) differs(`${String(error)}:\n  filter ${filter}`);
    }
  }
  return { name: "filters", count, seed, differences, taken, statements };
}

async function asked(random: Random, database: Queries, filter: string): Promise<void> {
  const collection = pick(random, COLLECTIONS);
  const query = queryOf(filter);
  const asker: Asker = { user: userOf(random), request: rowFrom<never>([]), values: rowFrom<never>([]) };
  const sort = sortOf(sortText(random), collection, asker);
  const from = chance(random, 30) ? sort.map(() => (chance(random, 20) ? null : hostileText(random))) : undefined;
  await list(database, collection, asker, { query, sort, limit: 50, from });
  if (chance(random, 20)) await countOf(database, collection, asker, query);
}

/** What somebody is called is theirs to say, and rules put it beside columns. */
function userOf(random: Random): Row {
  return {
    id: hostileText(random),
    data: { role: pick(random, ["staff", "guest"]), n: pick(random, [1, 1e300, "1; --"]), teams: [hostileText(random), 5, null] },
  };
}

function sortText(random: Random): string | undefined {
  if (chance(random, 70)) return undefined;
  return chance(random, 80) ? `${pick(random, ["", "-"])}${pick(random, ["int4", "text", "date", "select"])}` : hostileText(random);
}
