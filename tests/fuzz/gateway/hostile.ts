import type { Random } from "../../support/random.ts";
import { chance, pick } from "../mingo-values.ts";

/** What would be something else than a name or a value, if it came into a statement. */
const PARTS = [
  "'",
  '"',
  "''",
  '""',
  ";",
  "--",
  "/*",
  "*/",
  "\\",
  "$1",
  "$$",
  "$tag$",
  "::text",
  ")",
  "(",
  " OR 1=1",
  "'; DROP TABLE things; --",
  '" IS NULL OR "',
  "E'\\x27'",
  "U&'\\0027'",
  "\u0000",
  "\ud800",
  "\udc00",
  "\u2028",
  "\u00a0",
  "\ufeff",
  "é",
  "e\u0301",
  "𝒳",
  "ʼ",
  "＇",
  "%27",
  "\n",
  "\t",
  "pg_sleep(9)",
  "NULL",
  "NaN",
  "Infinity",
  "DEFAULT",
  "",
];
const PROTOTYPE = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "prototype", "toJSON", "then", "length"];
const OPERATORS = ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists", "$not", "$size", "$all", "$regex", "$elemMatch"];
const ODD_OPERATORS = [
  "$where",
  "$expr",
  "$function",
  "$text",
  "$path",
  "$literal",
  "$condition",
  "$changed",
  "$options",
  "$",
  "$$ROOT",
  "$gtt",
  "%in",
  "$numberLong",
  "$date",
];
const NUMBERS = [
  "0",
  "-0",
  "1",
  "-1",
  "1.0",
  "1.50",
  "1e3",
  "1E+2",
  "-1e-7",
  "1e400",
  "-1e400",
  "1e-400",
  "1e20000",
  "9223372036854775807",
  "9223372036854775808",
  "-9223372036854775809",
  "0.1",
  "0.30000000000000004",
  "123456789012345678901234567890.123456789",
  "NaN",
  "Infinity",
  "01",
  "+1",
  "1.",
  ".5",
  "0x10",
  `1${"0".repeat(400)}`,
  `0.${"0".repeat(1_200)}1`,
];
const EXTENDED = [
  '{"$date":"2026-01-01T00:00:00Z"}',
  '{"$date":"0000-01-01T00:00:00Z"}',
  '{"$date":"2026-01-01T00:00:00.1234567Z"}',
  '{"$date":{"$numberLong":"1e3"}}',
  '{"$date":{"$numberLong":"-62135596800001"}}',
  '{"$numberDouble":"NaN"}',
  '{"$numberDouble":"-0"}',
  '{"$numberDouble":"Infinity"}',
  '{"$numberDecimal":"NaN"}',
  '{"$numberDecimal":"1E+6000"}',
  '{"$numberLong":"9223372036854775807"}',
  '{"$uuid":"00000000-0000-0000-0000-000000000001"}',
  '{"$oid":"0123456789abcdef01234567"}',
  '{"$literal":{"$path":"user.id"}}',
  '{"$path":"user.id"}',
  '{"$path":"root.secret"}',
];
const VALUES = [
  "2026-01-01",
  "2026-02-30",
  "2026-01-01T00:00:00.000000Z",
  "infinity",
  "-infinity",
  "00000000-0000-0000-0000-000000000001",
  "epoch",
  "now",
  "yes",
  "t",
];

/** The text of a filter, most often one that is taken. @param fields Of the table, among others that it has not. */
export function hostileFilter(random: Random, fields: readonly string[]): string {
  if (chance(random, 1)) return deep(random);
  const text = expression(random, fields, 3);
  if (!chance(random, 4)) return text;
  const at = random.below(text.length);
  return text.slice(0, at) + part(random) + text.slice(at + random.below(3));
}

export function hostileText(random: Random): string {
  return Array.from({ length: 1 + random.below(3) }, () => part(random)).join("");
}

function part(random: Random): string {
  return chance(random, 15) ? pick(random, PROTOTYPE) : pick(random, PARTS);
}

function deep(random: Random): string {
  const depth = 1 + random.below(200);
  const open = pick(random, ['{"$not":', '{"$and":[', "[", '{"n":{"$not":']);
  return (
    open.repeat(depth) +
    (chance(random, 50) ? '{"n":1}' + open.replaceAll(/[^{[]/g, "").replaceAll("{", "}").replaceAll("[", "]").repeat(depth) : "")
  );
}

function expression(random: Random, fields: readonly string[], depth: number): string {
  const inner = (): string => expression(random, fields, depth - 1);
  const list = (): string => `[${Array.from({ length: 1 + random.below(3) }, inner).join()}]`;
  if (depth > 0 && chance(random, 35)) {
    const operator = pick(random, ["$and", "$or", "$nor", "$not"]);
    return `{"${operator}":${operator === "$not" ? inner() : list()}}`;
  }
  const count = chance(random, 90) ? 1 : 2 + random.below(2);
  return `{${Array.from({ length: count }, () => `${name(random, fields)}:${test(random, 1)}`).join()}}`;
}

function name(random: Random, fields: readonly string[]): string {
  if (chance(random, 85)) return JSON.stringify(`${pathOf(pick(random, fields))}${chance(random, 5) ? `.${part(random)}` : ""}`);
  return JSON.stringify(
    chance(random, 30) ? pick(random, ODD_OPERATORS) : chance(random, 50) ? pathOf(hostileText(random)) : hostileText(random),
  );
}

/** A field whose name is no word stands in brackets. */
function pathOf(field: string): string {
  return /^\w+$/.test(field) ? field : `[${JSON.stringify(field)}]`;
}

function test(random: Random, depth: number): string {
  if (chance(random, 25)) return value(random, depth);
  const operator = chance(random, 96) ? pick(random, OPERATORS) : pick(random, ODD_OPERATORS);
  return `{${JSON.stringify(operator)}:${operandOf(random, operator, depth)}}`;
}

function operandOf(random: Random, operator: string, depth: number): string {
  if (chance(random, 4)) return value(random, 1);
  const items = (): string => `[${Array.from({ length: random.below(4) }, () => value(random, 0)).join()}]`;
  switch (operator) {
    case "$in":
    case "$nin":
    case "$all":
      return items();
    case "$exists":
      return pick(random, ["true", "false"]);
    case "$size":
      return pick(random, ["0", "3"]);
    case "$not":
    case "$elemMatch":
      return depth > 0 ? test(random, depth - 1) : '{"$eq":1}';
    case "$regex":
      return JSON.stringify(pick(random, ["a", "'; --", "^x$", "(", "\\d"]));
    default:
      return value(random, 0);
  }
}

function value(random: Random, depth: number): string {
  switch (random.below(depth > 0 ? 9 : 7)) {
    case 0:
    case 1:
      return pick(random, NUMBERS);
    case 2:
      return JSON.stringify(pick(random, VALUES));
    case 3:
      return pick(random, ["null", "true", "false"]);
    case 4:
      return pick(random, EXTENDED);
    case 5:
    case 6:
      return JSON.stringify(hostileText(random));
    case 7:
      return `[${value(random, depth - 1)},${value(random, depth - 1)}]`;
    default:
      return `{${JSON.stringify(hostileText(random))}:${value(random, depth - 1)}}`;
  }
}
