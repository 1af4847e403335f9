/** Columns of every type that the database narrows by and of some that it does not, with what lies at their edges: as SQL, and as a filter asks for it. */
export interface EdgeColumn {
  readonly name: string;
  readonly type: string;
  readonly stored: readonly string[];
  readonly asked: readonly string[];
}

const WHOLE = [
  "0",
  "1",
  "-1",
  "-0",
  "1.0",
  "1.5",
  "1e0",
  "10e-1",
  "32767",
  "32768",
  "9007199254740993",
  "9223372036854775807",
  "9223372036854775808",
  "-9223372036854775808",
  "1e400",
  '{"$numberDouble":"NaN"}',
];
const REAL = [
  "0",
  "-0",
  "0.1",
  "0.10",
  "1e-7",
  "1.5",
  "-1.5",
  "12.345",
  "1e22",
  "1e300",
  "123456789012345678901234567890.5",
  '{"$numberDouble":"NaN"}',
  '{"$numberDouble":"Infinity"}',
  '{"$numberDouble":"-Infinity"}',
  '{"$numberDecimal":"12.3450"}',
];
const TEXT = [
  '""',
  '"a"',
  '"A"',
  '"a "',
  '"é"',
  '"e\\u0301"',
  '"Z"',
  '"z"',
  '"ß"',
  '"ss"',
  '"𝒳"',
  '"\\ufffd"',
  '"\\u0000"',
  '"\\ud800"',
  '"2026-01-01T00:00:00Z"',
  '"sad"',
];
const TEXTS = [
  "''",
  "'a'",
  "'A'",
  "'a '",
  "'é'",
  "U&'e\\0301'",
  "'Z'",
  "'z'",
  "'ß'",
  "'ss'",
  "'𝒳'",
  "U&'\\FFFD'",
  "'2026-01-01T00:00:00Z'",
  "'sad'",
];
const MOMENTS = [
  "'2026-01-01'",
  "'2026-01-01 00:00:00.000001'",
  "'1999-12-31 23:59:59.999999'",
  "'infinity'",
  "'-infinity'",
  "'0044-03-15 BC'",
  "'0001-01-01'",
  "'9999-12-31 23:59:59.999999'",
  "'20000-01-01'",
];
const MOMENT = [
  '"2026-01-01T00:00:00.000000Z"',
  '"2026-01-01T00:00:00Z"',
  '{"$date":"2026-01-01T00:00:00Z"}',
  '{"$date":"2026-01-01T01:00:00.000001+01:00"}',
  '{"$date":"2026-01-01T00:00:00.0000005Z"}',
  '{"$date":"1999-12-31T23:59:59.999999Z"}',
  '{"$date":"9999-12-31T23:59:59.999999Z"}',
  '{"$date":"0001-01-01T00:00:00Z"}',
  '"infinity"',
  '"-infinity"',
  '"0044-03-15T00:00:00.000000Z"',
];

export const EDGE_SCHEMA = `CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  CREATE DOMAIN price AS numeric(12, 3); CREATE DOMAIN word AS text; CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');`;

export const EDGE_COLUMNS: readonly EdgeColumn[] = [
  { name: "int2", type: "int2", stored: ["0", "1", "-1", "32767"], asked: WHOLE },
  { name: "int4", type: "int4", stored: ["0", "1", "-1", "32768"], asked: WHOLE },
  { name: "int8", type: "int8", stored: ["0", "1", "9007199254740993", "9223372036854775807", "-9223372036854775808"], asked: WHOLE },
  {
    name: "numeric",
    type: "numeric",
    stored: ["0", "0.1", "0.10", "1.5", "123456789012345678901234567890.5", "'NaN'", "'Infinity'", "'-Infinity'", "1e22", "12.3450"],
    asked: REAL,
  },
  { name: "price", type: "price", stored: ["0", "0.1", "1.5", "12.345", "-1.5", "'NaN'"], asked: REAL },
  { name: "float4", type: "float4", stored: ["0", "'-0'", "0.1", "1.5", "'NaN'", "'Infinity'", "1e22"], asked: REAL },
  {
    name: "float8",
    type: "float8",
    stored: ["0", "'-0'", "0.1", "1e-7", "1e300", "'NaN'", "'Infinity'", "'-Infinity'", "1e22"],
    asked: REAL,
  },
  { name: "text", type: "text", stored: TEXTS, asked: TEXT },
  { name: "varchar", type: "varchar(30)", stored: TEXTS, asked: TEXT },
  { name: "loose", type: "text COLLATE loose", stored: TEXTS, asked: TEXT },
  { name: "word", type: "word", stored: TEXTS, asked: TEXT },
  { name: "bpchar", type: "char(5)", stored: ["''", "'a'", "'a    '", "'abcde'"], asked: ['"a"', '"a    "', '""', '"abcde"'] },
  { name: "mood", type: "mood", stored: ["'sad'", "'ok'", "'happy'"], asked: ['"sad"', '"ok"', '"happy"', '"none"'] },
  {
    name: "uuid",
    type: "uuid",
    stored: ["'00000000-0000-0000-0000-00000000000a'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"],
    asked: [
      '"00000000-0000-0000-0000-00000000000a"',
      '"00000000-0000-0000-0000-00000000000A"',
      '{"$uuid":"FFFFFFFF-ffff-ffff-ffff-ffffffffffff"}',
    ],
  },
  { name: "bool", type: "bool", stored: ["true", "false"], asked: ["true", "false"] },
  {
    name: "date",
    type: "date",
    stored: ["'2026-01-01'", "'infinity'", "'-infinity'", "'0044-03-15 BC'", "'0001-01-01'", "'20000-01-01'"],
    asked: [
      '"2026-01-01"',
      '"2026-02-30"',
      '"infinity"',
      '"0001-01-01"',
      '"20000-01-01"',
      '"0044-03-15 BC"',
      '{"$date":"2026-01-01T00:00:00Z"}',
    ],
  },
  { name: "timestamp", type: "timestamp", stored: MOMENTS, asked: MOMENT },
  { name: "timestamptz", type: "timestamptz", stored: MOMENTS, asked: MOMENT },
  { name: "jsonb", type: "jsonb", stored: ["'{\"a\":1}'", "'[1,\"a\"]'", "'null'", "'\"a\"'"], asked: ['{"a":1}', "1", '"a"'] },
  { name: "list", type: "text[]", stored: ["'{a,b}'", "'{}'"], asked: ['"a"', '["a","b"]'] },
];

export function edgeTable(name: string): string {
  return `CREATE TABLE ${name} (id int PRIMARY KEY, ${EDGE_COLUMNS.map((column) => `"${column.name}" ${column.type}`).join(", ")});`;
}
