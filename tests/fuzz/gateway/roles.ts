import { rowFrom, type Row, type Value } from "@backstitch/core/values";
import type { Random } from "../../support/random.ts";
import { chance, pick } from "../mingo-values.ts";
import type { FieldFile, FilterFile, RoleFile, RolesFile } from "./roles-file.ts";

/** The project's constants. */
export const VALUES: Row = { limit: 3, admins: ["ada", "cy"], open: "new" };

const TEXTS = ["ada", "bob", "new", "shipped", "", "a.b"];
const scalar = (random: Random): Value => pick(random, [...TEXTS, 0, 1, 2, 3, -1, 2.5, true, false, null]);
const list = (random: Random): Value => Array.from({ length: random.below(3) }, () => scalar(random));
const inner = (random: Random): Row => some(random, { a: scalar, b: scalar, list });
/** Rows, lists and what is neither. Conditions do not go into it: what they find in lists of rows is asked of them elsewhere. */
const items = (random: Random): Value =>
  Array.from({ length: random.below(3) }, () => pick(random, [inner, inner, scalar, (random: Random) => [inner(random)]])(random));

/** What a document may hold; `__proto__` and `constructor` are fields like others. */
const FIELDS: Readonly<Record<string, (random: Random) => Value>> = {
  id: scalar,
  owner: (random) => pick(random, ["ada", "bob", "cy"]),
  status: (random) => pick(random, ["new", "shipped", null]),
  n: (random) => pick(random, [0, 1, 2, 3, 4, null]),
  tags: list,
  o: (random) => (chance(random, 80) ? some(random, { a: scalar, b: scalar, o: inner }) : scalar(random)),
  constructor: scalar,
  items,
};
const PATHS = ["owner", "owner", "status", "status", "n", "n", "tags", "o", "o.a", "o.b", "o.o.a", "constructor", "gone", "owner.x"];
const ASKER_PATHS = [
  "user.id",
  "user.id",
  "user.type",
  "user.data.role",
  "user.data.teams",
  "user.data",
  "user.customData.n",
  "user",
  "request.method",
  "request.query.q",
  "values.limit",
  "values.admins",
  "values.open",
];

function some(random: Random, fields: Readonly<Record<string, (random: Random) => Value>>): Row {
  return rowFrom(Object.entries(fields).flatMap(([name, make]) => (chance(random, 80) ? [[name, make(random)] as const] : [])));
}

export function documentOf(random: Random): Row {
  return some(random, FIELDS);
}

/** Who asks, and how. */
export function askerOf(random: Random): { readonly user: Row | undefined; readonly request: Row; readonly values: Row } {
  const data = some(random, { role: (random) => pick(random, ["staff", "guest"]), teams: list });
  const user = some(random, {
    id: (random) => pick(random, ["ada", "bob", "cy"]),
    type: () => "normal",
    data: () => data,
    customData: () => ({ n: 2 }),
  });
  const query = chance(random, 50) ? { q: "new" } : {};
  return {
    user: chance(random, 15) ? undefined : user,
    request: { method: pick(random, ["GET", "POST"]), path: "/v1/x", query, headers: {} },
    values: VALUES,
  };
}

/** A changed document of `before`: a few fields are otherwise, or gone. */
export function changedOf(random: Random, before: Row): Row {
  const other = documentOf(random);
  const names = [...new Set([...Object.keys(before), ...Object.keys(other)])];
  return rowFrom(
    names.flatMap((name) => {
      const from = chance(random, 40) ? other : before;
      return Object.hasOwn(from, name) ? [[name, from[name] as Value] as const] : [];
    }),
  );
}

export function rolesFile(random: Random): RolesFile {
  const roles = Array.from({ length: 1 + random.below(3) }, (_, index) => role(random, index));
  return chance(random, 40)
    ? { roles, filters: Array.from({ length: 1 + random.below(2) }, (_, index) => filter(random, index)) }
    : { roles };
}

function role(random: Random, index: number): RoleFile {
  const read = (): Value => condition(random, ["root"], 1);
  const write = (): Value => condition(random, ["root", "root", "prevRoot"], 1);
  const fields = (depth: number, names: readonly string[]): Record<string, FieldFile> =>
    Object.fromEntries(
      names
        .filter(() => chance(random, 45))
        .map((name) => [
          name,
          {
            ...maybe(random, 35, "read", read),
            ...maybe(random, 35, "write", write),
            ...(depth > 0 ? maybe(random, 50, "fields", () => fields(depth - 1, ["a", "b", "o", "list"])) : {}),
          },
        ]),
    );
  const permission = (): { read?: Value; write?: Value } => ({ ...maybe(random, 60, "read", read), ...maybe(random, 50, "write", write) });
  return {
    name: `role-${index}`,
    ...maybe(random, 85, "applyWhen", read),
    ...maybe(random, 30, "documentFilters", permission),
    ...maybe(random, 25, "read", read),
    ...maybe(random, 25, "write", write),
    ...maybe(random, 70, "insert", write),
    ...maybe(random, 70, "delete", () => condition(random, ["prevRoot"], 1)),
    ...maybe(random, 60, "fields", () => fields(2, Object.keys(FIELDS))),
    ...maybe(random, 50, "additionalFields", permission),
  };
}

function filter(random: Random, index: number): FilterFile {
  return {
    name: `filter-${index}`,
    ...maybe(random, 60, "applyWhen", () => condition(random, [], 1)),
    ...maybe(random, 70, "query", () => (chance(random, 10) ? true : expression(random, PATHS, 1))),
    ...maybe(random, 50, "without", () => ["owner", "n", "o", "gone"].filter(() => chance(random, 40))),
  };
}

function maybe<Name extends string, Made>(
  random: Random,
  percent: number,
  name: Name,
  make: () => Made,
): { readonly [key in Name]?: Made } {
  return chance(random, percent) ? ({ [name]: make() } as { readonly [key in Name]: Made }) : {};
}

/** @param roots Of documents that it may read, beside what it may read of the asker. */
function condition(random: Random, roots: readonly string[], depth: number): Value {
  if (chance(random, 35)) return chance(random, 70);
  return expression(random, [...roots.flatMap((root) => PATHS.map((path) => `${root}.${path}`)), ...ASKER_PATHS, ...roots], depth);
}

function expression(random: Random, paths: readonly string[], depth: number): Row {
  const part = (): Row => expression(random, paths, depth - 1);
  if (depth > 0 && chance(random, 25)) {
    const operator = pick(random, ["$and", "$or", "$nor", "$not"]);
    return { [operator]: operator === "$not" ? part() : [part(), part()] };
  }
  const count = chance(random, 3) ? 0 : chance(random, 80) ? 1 : 2;
  return rowFrom(Array.from({ length: count }, () => [pick(random, paths), test(random, paths, 1)] as const));
}

function test(random: Random, paths: readonly string[], depth: number): Value {
  // A query's right sides read the asker alone.
  const readable = paths.filter((path) => path.includes(".") && /^(?:root|prevRoot|user|values|request)\./.test(path));
  const path = (): Value => ({ $path: pick(random, readable.length === 0 ? ["user.id", "values.open"] : readable) });
  const value = (): Value => (chance(random, 35) ? path() : scalar(random));
  const items = (): Value => (chance(random, 30) ? path() : Array.from({ length: random.below(3) }, value));
  if (chance(random, 35)) return value();
  const ordered = (): Value => (chance(random, 30) ? path() : pick(random, [0, 1, 2.5, "ada", "new", ""]));
  switch (pick(random, ["$eq", "$ne", "$in", "$nin", "$exists", "$gt", "$gte", "$lt", "$lte", "$not"])) {
    case "$eq":
      return { $eq: chance(random, 20) ? list(random) : value() };
    case "$ne":
      return { $ne: value() };
    case "$in":
      return { $in: items() };
    case "$nin":
      return { $nin: items() };
    case "$exists":
      return { $exists: chance(random, 50) };
    case "$not":
      return { $not: depth > 0 ? { $gt: ordered() } : { $eq: value() } };
    default:
      return { [pick(random, ["$gt", "$gte", "$lt", "$lte"])]: ordered() };
  }
}
