import { afterAll, beforeAll, expect, test } from "vitest";
import { Decimal, type Value } from "@backstitch/core/values";
import { openDatabase, readEvents, setUp, type Database } from "./support/database.ts";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";

let server: LocalPostgres;
let database: Database;

beforeAll(async () => {
  server = await startPostgres();
  // Settings that would change how values are printed.
  const admin = await openDatabase(server.url);
  await admin.run(
    "ALTER SYSTEM SET datestyle = 'SQL, DMY'",
    "ALTER SYSTEM SET timezone = 'Asia/Kolkata'",
    "ALTER SYSTEM SET bytea_output = 'escape'",
    "SELECT pg_reload_conf()",
  );
  await admin.close();
  database = await openDatabase(server.url);
  await database.run(
    "CREATE TYPE mood AS ENUM ('sad', 'happy')",
    "CREATE DOMAIN positive AS int CHECK (VALUE > 0)",
    "CREATE DOMAIN price AS numeric(10,2)",
    "CREATE TYPE pair AS (a int, b text)",
  );
});
// One each, so that the server is stopped whatever fails.
afterAll(() => server.stop());
afterAll(() => database.close());

const decimal = (text: string): Decimal => Decimal.parse(text);

/** Type, SQL literal, value. */
const VALUES: readonly (readonly [type: string, sql: string, value: Value])[] = [
  ["boolean", "true", true],
  ["boolean", "false", false],
  ["boolean", "NULL", null],
  ["smallint", "-32768", -32768],
  ["int", "2147483647", 2147483647],
  ["bigint", "9007199254740991", 9007199254740991],
  ["bigint", "9007199254740993", 9007199254740993n],
  ["bigint", "-9223372036854775808", -9223372036854775808n],
  ["oid", "4294967295", 4294967295],
  ["numeric(10,2)", "12.50", decimal("12.50")],
  ["numeric", "123456789012345678901234567890.123456789", decimal("123456789012345678901234567890.123456789")],
  ["numeric", "-0.000", decimal("0.000")],
  ["numeric", "'NaN'", NaN],
  ["numeric", "'-Infinity'", -Infinity],
  ["real", "0.1", 0.1],
  ["double precision", "0.1::float8 + 0.2::float8", 0.30000000000000004],
  ["double precision", "'-0'", -0],
  ["double precision", "'Infinity'", Infinity],
  ["text", "'it''s \\ \"quoted\" 日本 🎉'", 'it\'s \\ "quoted" 日本 🎉'],
  ["text", "''", ""],
  ["char(5)", "'ab'", "ab   "],
  ["uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
  ["mood", "'happy'", "happy"],
  ["mood[]", "'{sad,NULL,happy}'", ["sad", null, "happy"]],
  ["positive", "5", 5],
  ["positive[]", "'{5,6}'", ["5", "6"]],
  ["price", "5", decimal("5.00")],
  ["pair", "ROW(1, 'x y')", '(1,"x y")'],
  ["timestamptz", "'2024-01-31 12:34:56.789012+02'", "2024-01-31T10:34:56.789012Z"],
  ["timestamptz", "'2024-01-31 12:34:56+00'", "2024-01-31T12:34:56.000000Z"],
  ["timestamptz", "'1900-01-01 00:00:00+00'", "1900-01-01T00:00:00.000000Z"],
  ["timestamptz", "'infinity'", "infinity"],
  ["timestamptz", "'0044-03-15 00:00:00+00 BC'", "0044-03-15 00:00:00+00 BC"],
  ["timestamp", "'2024-01-31 12:34:56.5'", "2024-01-31T12:34:56.500000Z"],
  ["timestamp", "'-infinity'", "-infinity"],
  ["date", "'2024-01-31'", "2024-01-31"],
  ["date", "'infinity'", "infinity"],
  ["time", "'12:34:56.7'", "12:34:56.7"],
  ["timetz", "'12:34:56+02'", "12:34:56+02"],
  ["interval", "'1 year 2 days 03:04:05.6'", "P1Y2DT3H4M5.6S"],
  ["bytea", "'\\x00ff10'", "AP8Q"],
  ["bytea", "''", ""],
  ["json", `'{"a": 12345678901234567890, "b": 12.50, "c": [1e400, 0.1, -0], "__proto__": 1}'`, jsonOf()],
  ["json", `'"\\u0000 \\ud800"'`, "\u0000 \ud800"],
  [
    "jsonb",
    `'{"a": 12345678901234567890, "pi": 3.14159265358979323846}'`,
    { a: 12345678901234567890n, pi: decimal("3.14159265358979323846") },
  ],
  ["jsonb", "'null'", null],
  ["int[]", "'{1,2,NULL}'", [1, 2, null]],
  ["int[]", "'{}'", []],
  [
    "int[]",
    "'{{1,2},{3,4}}'",
    [
      [1, 2],
      [3, 4],
    ],
  ],
  ["int[]", "'[0:1]={1,2}'", [1, 2]],
  ["bigint[]", "'{9007199254740993}'", [9007199254740993n]],
  ["numeric[]", "'{1.10,NaN}'", [decimal("1.10"), NaN]],
  ["boolean[]", "'{t,f}'", [true, false]],
  ["text[]", `ARRAY['a,b', 'say "x"', 'back\\slash', 'NULL', NULL, '', '{}']`, ["a,b", 'say "x"', "back\\slash", "NULL", null, "", "{}"]],
  ["jsonb[]", `ARRAY['{"a":"b,c"}'::jsonb]`, [{ a: "b,c" }]],
  ["bytea[]", "ARRAY['\\x00ff'::bytea]", ["AP8="]],
  ["timestamptz[]", "ARRAY['2024-01-31 00:00:00+00'::timestamptz]", ["2024-01-31T00:00:00.000000Z"]],
  ["int4range", "'[1,5)'", "[1,5)"],
  ["inet", "'10.0.0.1/8'", "10.0.0.1/8"],
  ["money", "'12.50'", "$12.50"],
  ["xml", "'<a/>'", "<a/>"],
  ["point", "'(1,2)'", "(1,2)"],
];

function jsonOf(): Value {
  const row: Record<string, Value> = { a: 12345678901234567890n, b: 12.5, c: [decimal("1e400"), 0.1, -0] };
  Object.defineProperty(row, "__proto__", { value: 1, enumerable: true });
  return row;
}

test("every type comes without loss", async () => {
  await database.run(`CREATE TABLE typed (id int PRIMARY KEY, ${VALUES.map(([type], index) => `c${index} ${type}`).join(", ")})`);
  const source = await setUp(database, [{ collection: "typed", needsBefore: false }]);
  await database.run(`INSERT INTO typed VALUES (1, ${VALUES.map(([, sql]) => sql).join(", ")})`);
  const [event] = await readEvents(source, 1);
  const got = VALUES.map(([type, sql], index) => [type, sql, event?.after?.[`c${index}`]]);
  expect(got).toEqual(VALUES);
});
