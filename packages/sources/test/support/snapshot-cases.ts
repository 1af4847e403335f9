export interface SnapshotCase {
  readonly name: string;
  readonly tables: readonly string[];
  /** What follows FOR in CREATE PUBLICATION. @default TABLE t */
  readonly publication?: string;
  readonly rows: readonly string[];
  /** What is asked for. @default t */
  readonly wanted?: readonly string[] | "all";
  /** What the log, and so the snapshot, has in all. */
  readonly events: number;
  /** The first release that knows it. @default any */
  readonly since?: number;
}

const TYPES = [
  "b bool DEFAULT true",
  "n numeric DEFAULT 12.50",
  "f float8 DEFAULT 1e-7",
  "big int8 DEFAULT 9007199254740993",
  "ts timestamp DEFAULT '2026-01-02 03:04:05.678901'",
  "tz timestamptz DEFAULT '2026-01-02 03:04:05+09'",
  "d date DEFAULT '2026-01-02'",
  "iv interval DEFAULT '1 mon 2 days -3 hours'",
  "by bytea DEFAULT '\\xdeadbeef'",
  `j jsonb DEFAULT '{"a":[1,2.50,null],"b":"x\\ty"}'`,
  "ar int[] DEFAULT '{1,NULL,3}'",
  `ta text[] DEFAULT '{"a,b","c\\"d",NULL}'`,
  "r int4range DEFAULT '[1,5)'",
  "m mood DEFAULT 'calm'",
  `ma mood[] DEFAULT '{calm,"so so"}'`,
  "dom positive DEFAULT 7",
  "u uuid DEFAULT '01234567-89ab-cdef-0123-456789abcdef'",
  "nothing text",
  `"__proto__" text DEFAULT 'own'`,
];

/** A table t with a key of this type, and 45 rows. */
function keyed(name: string, type: string, value: string, more: readonly string[] = []): SnapshotCase {
  return {
    name,
    tables: [...more, `CREATE TABLE t (id ${type} PRIMARY KEY, a int)`],
    rows: [`INSERT INTO t SELECT ${value}, i FROM generate_series(1, 45) i`],
    events: 45,
  };
}

const MIXED = "(ARRAY['a','B','b','A','ä','Z','z','_','''','\\\\'])[1 + i % 10] || chr(10) || (i * 37 % 45)";

export const CASES: readonly SnapshotCase[] = [
  keyed("a big integer beyond what a number has", "bigint", "9007199254740993 - 20 + i"),
  keyed("a text in the order of the database", "text", MIXED),
  keyed("a text in another order", `text COLLATE "en-x-icu"`, MIXED),
  keyed("a text whose upper case is its lower case", "text COLLATE loose", MIXED, [
    "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
  ]),
  keyed("a varchar of so many letters", "varchar(40)", MIXED),
  keyed("a char that is filled up", "char(12)", "(i * 37 % 45)::text"),
  keyed("a uuid", "uuid", "md5(i::text)::uuid"),
  keyed("a numeric of any scale", "numeric", "i * (CASE i % 3 WHEN 0 THEN 1.50 WHEN 1 THEN -0.001 ELSE 1e20 END)"),
  keyed(
    "a float, not a number and infinities among them",
    "float8",
    "CASE i WHEN 1 THEN 'NaN' WHEN 2 THEN 'Infinity' WHEN 3 THEN '-Infinity' ELSE i / 7.0::float8 END",
  ),
  keyed("a moment in microseconds", "timestamptz", "'2026-01-01T00:00:00Z'::timestamptz + i * interval '1.000001 seconds'"),
  keyed(
    "a moment before Christ, and never",
    "timestamp",
    "CASE i WHEN 1 THEN 'infinity' WHEN 2 THEN '0044-03-15 BC' ELSE '2026-01-01'::timestamp + i * interval '1 day' END",
  ),
  keyed("bytes", "bytea", "decode(lpad(to_hex(i * 5), 4, '0'), 'hex')"),
  keyed("an enum in its own order", "level", "('l' || i)::level", [
    `CREATE TYPE level AS ENUM (${Array.from({ length: 45 }, (_, i) => `'l${45 - i}'`).join()})`,
  ]),
  keyed("a domain with an order of its own", "word", MIXED, [`CREATE DOMAIN word AS text COLLATE "en-x-icu"`]),
  keyed("a network", "inet", "('10.0.0.' || i)::inet"),
  keyed("an interval", "interval", "i * interval '1 mon -1 days'"),
  {
    name: "several columns, in an order that is not the table's",
    tables: ["CREATE TABLE t (a int, b text, c timestamptz, v int, PRIMARY KEY (c, b) INCLUDE (v))"],
    rows: ["INSERT INTO t SELECT i, 'b' || i % 7, '2026-01-01Z'::timestamptz + i / 7 * interval '1 day', i FROM generate_series(1, 45) i"],
    events: 45,
  },
  {
    name: "an index of its replica identity, and no primary key",
    tables: [
      "CREATE TABLE t (x text, a int NOT NULL, b int NOT NULL)",
      "CREATE UNIQUE INDEX by_ba ON t (b DESC, a)",
      "ALTER TABLE t REPLICA IDENTITY USING INDEX by_ba",
    ],
    rows: ["INSERT INTO t SELECT 'x', i, i % 3 FROM generate_series(1, 45) i"],
    events: 45,
  },
  {
    name: "the whole row as its replica identity",
    tables: ["CREATE TABLE t (x text, id int, PRIMARY KEY (id) INCLUDE (x))", "ALTER TABLE t REPLICA IDENTITY FULL"],
    rows: ["INSERT INTO t SELECT 'x', i FROM generate_series(1, 45) i"],
    events: 45,
  },
  {
    name: "every kind of value, also where a column was dropped and another one added",
    tables: [
      "CREATE TYPE mood AS ENUM ('calm', 'so so')",
      "CREATE DOMAIN positive AS int CHECK (VALUE > 0)",
      `CREATE TABLE t (gone int, id int PRIMARY KEY, ${TYPES.join(", ")})`,
      "ALTER TABLE t DROP COLUMN gone",
      "ALTER TABLE t ADD COLUMN late text DEFAULT 'later'",
    ],
    rows: ["INSERT INTO t (id) SELECT i FROM generate_series(1, 3) i"],
    events: 3,
  },
  {
    name: "values that are kept outside of the row",
    tables: ["CREATE TABLE t (id int PRIMARY KEY, a text)", "ALTER TABLE t ALTER COLUMN a SET STORAGE EXTERNAL"],
    rows: ["INSERT INTO t SELECT i, repeat(i::text, 200000) FROM generate_series(1, 30) i"],
    events: 30,
  },
  {
    name: "columns that are generated, which are not sent",
    tables: ["CREATE TABLE t (id int PRIMARY KEY, a int, twice int GENERATED ALWAYS AS (a * 2) STORED)"],
    rows: ["INSERT INTO t (id, a) VALUES (1, 2)"],
    events: 1,
  },
  {
    name: "columns that are generated, and sent",
    tables: [
      "CREATE TABLE t (id int PRIMARY KEY, a int, twice int GENERATED ALWAYS AS (a * 2) STORED, virtual int GENERATED ALWAYS AS (a * 3))",
    ],
    publication: "TABLE t WITH (publish_generated_columns = stored)",
    since: 18,
    rows: ["INSERT INTO t (id, a) VALUES (1, 2)"],
    events: 1,
  },
  {
    name: "a part of the columns",
    tables: ["CREATE TABLE t (a int, secret text, id int PRIMARY KEY)"],
    publication: "TABLE t (id, a)",
    rows: ["INSERT INTO t VALUES (1, 'x', 2)"],
    events: 1,
  },
  {
    name: "a part of the rows",
    tables: ["CREATE TABLE t (id int PRIMARY KEY, kind text)"],
    publication: "TABLE t WHERE (kind = 'it''s' OR id > 40)",
    rows: ["INSERT INTO t SELECT i, CASE i % 2 WHEN 0 THEN 'it''s' END FROM generate_series(1, 45) i"],
    events: 25,
  },
  ...["true", "false"].map((viaRoot): SnapshotCase => ({
    name: `partitions, as one table: ${viaRoot}`,
    tables: [
      "CREATE TABLE t (region text, id int, PRIMARY KEY (id, region)) PARTITION BY LIST (region)",
      "CREATE TABLE t_eu PARTITION OF t FOR VALUES IN ('eu')",
      "CREATE TABLE t_us PARTITION OF t FOR VALUES IN ('us') PARTITION BY RANGE (id)",
      "CREATE TABLE t_us_1 PARTITION OF t_us FOR VALUES FROM (0) TO (100)",
    ],
    publication: `TABLE t WITH (publish_via_partition_root = ${viaRoot})`,
    rows: ["INSERT INTO t SELECT CASE i % 2 WHEN 0 THEN 'eu' ELSE 'us' END, i FROM generate_series(1, 45) i"],
    events: 45,
  })),
  {
    name: "all tables, those that inherit and names that need quotes among them",
    tables: [
      "CREATE TABLE t (id int PRIMARY KEY)",
      "CREATE TABLE child (PRIMARY KEY (id)) INHERITS (t)",
      `CREATE SCHEMA "My ""s"`,
      `CREATE TABLE "My ""s"."Ta ble" ("a ""b" int PRIMARY KEY, "Select" text)`,
    ],
    publication: "ALL TABLES",
    rows: [
      "INSERT INTO t SELECT generate_series(1, 3)",
      "INSERT INTO child VALUES (1)",
      `INSERT INTO "My ""s"."Ta ble" VALUES (1, 'x'), (2, NULL)`,
    ],
    wanted: "all",
    events: 6,
  },
];
