import { expect } from "vitest";
import type { ChangeEvent } from "@backstitch/core/source";
import { Decimal, type Value } from "@backstitch/core/values";
import { readEvents, setUp, type Database } from "./database.ts";
import { newRecords, readOver, snapshotIsDone } from "./replay.ts";

export const OWN_TYPES: readonly string[] = [
  "CREATE TYPE mood AS ENUM ('sad', 'happy')",
  "CREATE DOMAIN positive AS int CHECK (VALUE > 0)",
  "CREATE DOMAIN price AS numeric(10,2)",
  "CREATE DOMAIN worse AS mood CHECK (VALUE = 'sad')",
  "CREATE DOMAIN numbers AS int[]",
  "CREATE TYPE pair AS (a int, b text)",
  "CREATE TYPE deep AS (one pair, moods mood[])",
  "CREATE TYPE floats AS RANGE (subtype = float8)",
];

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
  ["numeric(1000,0)", "10::numeric ^ 999", decimal(`1${"0".repeat(999)}`)],
  ["numeric(3,-2)", "12345", decimal("12300")],
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
  ["varchar(3)", "'ab'", "ab"],
  ["name", "'a name'", "a name"],
  ['"char"', "'x'", "x"],
  ["char(2)[]", "'{a,NULL}'", ["a ", null]],
  ["uuid[]", "'{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'", ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]],
  ["oid[]", "'{4294967295}'", [4294967295]],
  ["real[]", "'{0.1,NaN,-Infinity}'", [0.1, NaN, -Infinity]],
  [
    "smallint[]",
    "'{{{1},{2}},{{3},{NULL}}}'",
    [
      [[1], [2]],
      [[3], [null]],
    ],
  ],
  ["json[]", `ARRAY['[1, {"a": 1.50}]'::json, NULL]`, [[1, { a: 1.5 }], null]],
  ["worse", "'sad'", "sad"],
  ["mood[]", "'{{sad},{happy}}'", [["sad"], ["happy"]]],
  ["numbers", "'{1,2}'", [1, 2]],
  ["deep", "ROW(ROW(1, 'x'), ARRAY['sad', 'happy']::mood[])", '("(1,x)","{sad,happy}")'],
  ["pair[]", `ARRAY[ROW(1, 'a"b')::pair, NULL]`, ['(1,"a""b")', null]],
  ["timestamptz", "'-infinity'", "-infinity"],
  ["timestamptz", "'294276-12-31 23:59:59.999999+00'", "294276-12-31 23:59:59.999999+00"],
  ["timestamptz", "'0001-01-01 00:00:00+00'", "0001-01-01T00:00:00.000000Z"],
  ["timestamp", "'infinity'", "infinity"],
  ["timestamp", "'4713-01-01 00:00:00.123456 BC'", "4713-01-01 00:00:00.123456 BC"],
  ["timestamp(0)", "'2024-01-31 12:34:56.5'", "2024-01-31T12:34:57.000000Z"],
  ["timestamp[]", "'{2024-01-31 12:34:56,infinity,NULL}'", ["2024-01-31T12:34:56.000000Z", "infinity", null]],
  ["date", "'-infinity'", "-infinity"],
  ["date", "'0044-03-15 BC'", "0044-03-15 BC"],
  ["date", "'5874897-12-31'", "5874897-12-31"],
  ["date[]", "'{2024-01-31,infinity}'", ["2024-01-31", "infinity"]],
  ["time", "'24:00:00'", "24:00:00"],
  ["timetz", "'23:59:59.999999-15:59'", "23:59:59.999999-15:59"],
  ["interval", "'-1 mon +2 days -03:04:05.000006'", "P-1M2DT-3H-4M-5.000006S"],
  ["interval", "'0'", "PT0S"],
  ["interval[]", "'{1 day,NULL}'", ["P1D", null]],
  ["int4range", "'empty'", "empty"],
  ["int4range", "'(,)'", "(,)"],
  ["int8range", "'[9007199254740993,)'", "[9007199254740993,)"],
  ["numrange", "'(1.50,2.5]'", "(1.50,2.5]"],
  ["daterange", "'[2024-01-01,2024-02-01]'", "[2024-01-01,2024-02-02)"],
  ["tsrange", "'[2024-01-01,infinity]'", '["2024-01-01 00:00:00",infinity]'],
  ["tstzrange", "'[2024-01-01 00:00+02,)'", '["2023-12-31 22:00:00+00",)'],
  ["int4range[]", "ARRAY[int4range(1, 3), NULL]", ["[1,3)", null]],
  ["int4multirange", "'{[1,3),[5,7)}'", "{[1,3),[5,7)}"],
  ["nummultirange", "'{}'", "{}"],
  ["tstzmultirange", "'{[2024-01-01 00:00+02,)}'", '{["2023-12-31 22:00:00+00",)}'],
  ["int4multirange[]", "ARRAY['{[1,3),[5,7)}'::int4multirange]", ["{[1,3),[5,7)}"]],
  ["floats", "'[1.5,2.5)'", "[1.5,2.5)"],
  ["inet", "'2001:db8::1'", "2001:db8::1"],
  ["cidr", "'10.0.0.0/8'", "10.0.0.0/8"],
  ["inet[]", "'{10.0.0.1,NULL}'", ["10.0.0.1", null]],
  ["macaddr", "'08-00-2B-01-02-03'", "08:00:2b:01:02:03"],
  ["macaddr8", "'08002b0102030405'", "08:00:2b:01:02:03:04:05"],
  ["bit(3)", "B'101'", "101"],
  ["bit varying(5)", "B''", ""],
  ["bit(3)[]", "ARRAY[B'101']", ["101"]],
  ["money", "'-1234.56'", "-$1,234.56"],
  ["money[]", "ARRAY['1234.56'::money]", ["$1,234.56"]],
  ["tsvector", "'a fat:2 cat:3B'", "'a' 'cat':3B 'fat':2"],
  ["tsvector[]", "ARRAY['a b'::tsvector]", ["'a' 'b'"]],
  ["tsquery", "'fat & !rat'", "'fat' & !'rat'"],
  ["xml[]", "ARRAY['<a b=\"c\"/>'::xml]", ['<a b="c"/>']],
  ["jsonpath", "'$.a[*] ? (@ > 1)'", '$."a"[*]?(@ > 1)'],
  ["line", "'{1,2,3}'", "{1,2,3}"],
  ["box", "'(1,2),(3,4)'", "(3,4),(1,2)"],
  ["box[]", "ARRAY['(1,2),(3,4)'::box, '(0,0),(1,1)'::box]", ["(3,4),(1,2)", "(1,1),(0,0)"]],
  ["path", "'[(0,0),(1,1)]'", "[(0,0),(1,1)]"],
  ["polygon[]", "ARRAY['((0,0),(1,1))'::polygon]", ["((0,0),(1,1))"]],
  ["circle", "'<(1,2),3>'", "<(1,2),3>"],
  ["pg_lsn", "'1/AB'", "1/AB"],
  ["xid8", "'18446744073709551615'", "18446744073709551615"],
  ["pg_snapshot", "'10:20:10,14'", "10:20:10,14"],
  ["regclass", "'pg_class'", "pg_class"],
  ["oidvector", "'1 2 3'", "1 2 3"],
];

function jsonOf(): Value {
  const row: Record<string, Value> = { a: 12345678901234567890n, b: 12.5, c: [decimal("1e400"), 0.1, -0] };
  Object.defineProperty(row, "__proto__", { value: 1, enumerable: true });
  return row;
}

/** One row with a value of every type, as the log has it and as a snapshot has it: both as they should be. */
export async function expectEveryType(database: Database): Promise<void> {
  const columns = VALUES.map(([type], index) => `c${index} ${type}`);
  await database.run(...OWN_TYPES, `CREATE TABLE typed (id int PRIMARY KEY, ${columns.join(", ")})`);
  const source = await setUp(database, [{ collection: "typed", needsBefore: false }], { snapshot: ["typed"] });
  await database.run(`INSERT INTO typed VALUES (1, ${VALUES.map(([, sql]) => sql).join(", ")})`);
  const records = newRecords();
  const events = (): readonly ChangeEvent[] => records.batches.flatMap((batch) => batch.events);
  await readOver(source, records, { enough: () => events().length === 2 && snapshotIsDone(records, "snapshot/initial/typed") });
  for (const origin of ["log", "snapshot"]) {
    const after = events().find((event) => event.origin === origin)?.after;
    expect([origin, VALUES.map(([type, sql], index) => [type, sql, after?.[`c${index}`]])]).toEqual([origin, VALUES]);
  }
}

/** Of every array type of the catalogue that a table may have, an array is a list, whatever its elements. */
export async function expectEveryArray(database: Database): Promise<void> {
  const types = await database.rows(
    `SELECT format_type(a.oid, NULL) AS type FROM pg_type a JOIN pg_type e ON e.typarray = a.oid
     WHERE a.typnamespace = 'pg_catalog'::regnamespace AND e.typtype IN ('b', 'r', 'm') AND a.oid < 10000 ORDER BY a.oid`,
  );
  await database.run(`CREATE TABLE arrays (id int PRIMARY KEY, ${types.map(({ type }, index) => `c${index} ${String(type)}`).join(", ")})`);
  const source = await setUp(database, [{ collection: "arrays", needsBefore: false }]);
  await database.run(`INSERT INTO arrays VALUES (1, ${types.map(() => "'{NULL}'").join(", ")})`);
  const [event] = await readEvents(source, 1);
  expect(types.map(({ type }, index) => [type, event?.after?.[`c${index}`]])).toEqual(types.map(({ type }) => [type, [null]]));
  expect(types.length).toBeGreaterThan(70);
}
