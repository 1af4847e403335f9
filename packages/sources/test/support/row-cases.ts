import { expect } from "vitest";
import type { ChangeEvent } from "@backstitch/core/source";

const FULL = true;

/** What is done to a table, and what the events say. */
export interface RowCase {
  readonly name: string;
  readonly table: string;
  readonly needsBefore?: boolean;
  readonly before?: readonly string[];
  readonly sql: readonly string[];
  readonly events: readonly Partial<ChangeEvent>[];
}

// Random, so that it cannot be compressed into the row itself.
const LONG = "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 400) i)";
const long = expect.stringMatching(/^[0-9a-f]{12800}$/) as string;

export const CASES: readonly RowCase[] = [
  {
    name: "an insert has all fields changed and nothing before",
    table: "(id int PRIMARY KEY, a text)",
    sql: ["INSERT INTO t VALUES (1, NULL)"],
    events: [
      {
        operation: "insert",
        key: { id: 1 },
        previousKey: undefined,
        after: { id: 1, a: null },
        before: null,
        changed: ["id", "a"],
        unsent: [],
      },
    ],
  },
  {
    name: "an update by key does not know what was before",
    table: "(id int PRIMARY KEY, a text)",
    before: ["INSERT INTO t VALUES (1, 'x')"],
    sql: ["UPDATE t SET a = 'y'"],
    events: [
      { operation: "update", key: { id: 1 }, previousKey: undefined, after: { id: 1, a: "y" }, before: undefined, changed: undefined },
    ],
  },
  {
    name: "an update with the whole old row knows what changed, and null from absent",
    table: "(id int PRIMARY KEY, a text, b text, c jsonb)",
    needsBefore: FULL,
    before: [`INSERT INTO t VALUES (1, 'x', NULL, '{"n":1}')`],
    sql: [`UPDATE t SET a = NULL, b = 'now'`],
    events: [
      {
        key: { id: 1 },
        previousKey: undefined,
        before: { id: 1, a: "x", b: null, c: { n: 1 } },
        after: { id: 1, a: null, b: "now", c: { n: 1 } },
        changed: ["a", "b"],
        unsent: [],
      },
    ],
  },
  {
    name: "a delete by key knows the key alone",
    table: "(id int PRIMARY KEY, a text)",
    before: ["INSERT INTO t VALUES (1, 'x')"],
    sql: ["DELETE FROM t"],
    events: [{ operation: "delete", key: { id: 1 }, after: null, before: undefined, changed: [] }],
  },
  {
    name: "a delete with the whole old row has it",
    table: "(id int PRIMARY KEY, a text)",
    needsBefore: FULL,
    before: ["INSERT INTO t VALUES (1, 'x')"],
    sql: ["DELETE FROM t"],
    events: [{ operation: "delete", key: { id: 1 }, after: null, before: { id: 1, a: "x" }, changed: [] }],
  },
  {
    name: "a changed key is one update that knows both",
    table: "(id int PRIMARY KEY, a text)",
    before: ["INSERT INTO t VALUES (1, 'x')"],
    sql: ["UPDATE t SET id = 2"],
    events: [{ operation: "update", key: { id: 2 }, previousKey: { id: 1 }, after: { id: 2, a: "x" }, before: undefined }],
  },
  {
    name: "a changed key with the whole old row too",
    table: "(a text, id int PRIMARY KEY)",
    needsBefore: FULL,
    before: ["INSERT INTO t VALUES ('x', 1)"],
    sql: ["UPDATE t SET id = 2"],
    events: [{ key: { id: 2 }, previousKey: { id: 1 }, before: { a: "x", id: 1 }, after: { a: "x", id: 2 }, changed: ["id"] }],
  },
  {
    name: "a key of several columns, the big integer among them exact",
    table: "(region text, id bigint, a int, PRIMARY KEY (region, id))",
    sql: ["INSERT INTO t VALUES ('eu', 9007199254740993, 1)"],
    events: [{ key: { region: "eu", id: 9007199254740993n } }],
  },
  {
    name: "a key of several columns of which one changes, and then the row goes",
    table: "(a int, id int, region text, PRIMARY KEY (region, id))",
    before: ["INSERT INTO t VALUES (1, 7, 'eu')"],
    sql: ["UPDATE t SET a = 2", "UPDATE t SET region = 'us'", "DELETE FROM t"],
    events: [
      { key: { id: 7, region: "eu" }, previousKey: undefined, after: { a: 2, id: 7, region: "eu" }, before: undefined },
      { key: { id: 7, region: "us" }, previousKey: { id: 7, region: "eu" }, after: { a: 2, id: 7, region: "us" }, before: undefined },
      { operation: "delete", key: { id: 7, region: "us" }, after: null, before: undefined },
    ],
  },
  {
    name: "an index that identifies rows is their key in place of the primary key",
    table: "(id int PRIMARY KEY, code text NOT NULL, a int)",
    before: [
      "CREATE UNIQUE INDEX t_code ON t (code)",
      "ALTER TABLE t REPLICA IDENTITY USING INDEX t_code",
      "INSERT INTO t VALUES (1, 'x', 1)",
    ],
    sql: ["UPDATE t SET a = 2, id = 2", "UPDATE t SET code = 'y'", "DELETE FROM t"],
    events: [
      { key: { code: "x" }, previousKey: undefined, after: { id: 2, code: "x", a: 2 }, before: undefined, changed: undefined },
      { key: { code: "y" }, previousKey: { code: "x" }, after: { id: 2, code: "y", a: 2 }, before: undefined },
      { operation: "delete", key: { code: "y" }, before: undefined },
    ],
  },
  {
    name: "a generated column is left out where the key is enough",
    table: "(id int PRIMARY KEY, a int, twice int GENERATED ALWAYS AS (a * 2) STORED, thrice int GENERATED ALWAYS AS (a * 3))",
    sql: ["INSERT INTO t (id, a) VALUES (1, 2)", "UPDATE t SET a = 3"],
    events: [{ after: { id: 1, a: 2 }, changed: ["id", "a"] }, { after: { id: 1, a: 3 } }],
  },
  {
    name: "a stored generated column comes where the whole row is needed, since the row could not be updated otherwise",
    table: "(id int PRIMARY KEY, a int, twice int GENERATED ALWAYS AS (a * 2) STORED)",
    needsBefore: FULL,
    sql: ["INSERT INTO t (id, a) VALUES (1, 2)", "UPDATE t SET a = 3"],
    events: [
      { after: { id: 1, a: 2, twice: 4 }, changed: ["id", "a", "twice"] },
      { before: { id: 1, a: 2, twice: 4 }, after: { id: 1, a: 3, twice: 6 }, changed: ["a", "twice"] },
    ],
  },
  {
    name: "a table without a key can be updated, and has no key",
    table: "(a text)",
    before: ["INSERT INTO t VALUES ('x')"],
    sql: ["UPDATE t SET a = 'y'", "DELETE FROM t"],
    events: [
      { key: null, previousKey: undefined, before: { a: "x" }, after: { a: "y" }, changed: ["a"] },
      { key: null, before: { a: "y" }, after: null },
    ],
  },
  {
    name: "an unchanged TOAST value is named and left out, unlike null",
    table: "(id int PRIMARY KEY, long text, none text, a int)",
    before: ["ALTER TABLE t ALTER long SET STORAGE EXTERNAL", `INSERT INTO t VALUES (1, ${LONG}, NULL, 1)`],
    sql: ["UPDATE t SET a = 2"],
    events: [{ after: { id: 1, none: null, a: 2 }, unsent: ["long"], before: undefined, changed: undefined }],
  },
  {
    name: "an unchanged TOAST value is filled in from the whole old row",
    table: "(id int PRIMARY KEY, long text, none text, a int)",
    needsBefore: FULL,
    before: ["ALTER TABLE t ALTER long SET STORAGE EXTERNAL", `INSERT INTO t VALUES (1, ${LONG}, NULL, 1)`],
    sql: ["UPDATE t SET a = 2"],
    events: [{ after: { id: 1, long, none: null, a: 2 }, before: { id: 1, long, none: null, a: 1 }, unsent: [], changed: ["a"] }],
  },
  {
    name: "TRUNCATE and logical messages make no event and stop nothing",
    table: "(id int PRIMARY KEY)",
    before: ["INSERT INTO t VALUES (1)"],
    sql: [
      "TRUNCATE t",
      "SELECT pg_logical_emit_message(true, 'a', 'b')",
      "SELECT pg_logical_emit_message(false, 'a', 'b')",
      "INSERT INTO t VALUES (2)",
    ],
    events: [{ operation: "insert", key: { id: 2 } }],
  },
  {
    name: "DDL between changes, in and out of a transaction",
    table: "(id int PRIMARY KEY, a text)",
    sql: [
      "INSERT INTO t VALUES (1, 'x')",
      "ALTER TABLE t ADD b int DEFAULT 7",
      "INSERT INTO t VALUES (2, 'y', 8)",
      "BEGIN; ALTER TABLE t RENAME a TO z; INSERT INTO t VALUES (3, 'w', 9); ALTER TABLE t DROP b; INSERT INTO t VALUES (4, 'v'); COMMIT",
      "ALTER TABLE t ALTER z TYPE int USING 5",
      "INSERT INTO t VALUES (5, 6)",
    ],
    events: [
      { after: { id: 1, a: "x" } },
      { after: { id: 2, a: "y", b: 8 } },
      { after: { id: 3, z: "w", b: 9 } },
      { after: { id: 4, z: "v" } },
      // Changing the type rewrites the table, which is no change of its rows.
      { after: { id: 5, z: 6 } },
    ],
  },
  {
    name: "what was rolled back never comes",
    table: "(id int PRIMARY KEY)",
    sql: [
      "BEGIN; INSERT INTO t VALUES (1); SAVEPOINT s; INSERT INTO t VALUES (2); ROLLBACK TO s; INSERT INTO t VALUES (3); COMMIT",
      "BEGIN; INSERT INTO t VALUES (4); ROLLBACK",
      "INSERT INTO t VALUES (5)",
    ],
    events: [{ key: { id: 1 } }, { key: { id: 3 } }, { key: { id: 5 } }],
  },
  {
    name: "generated columns, upserts and columns called like object internals",
    table: '(id int PRIMARY KEY, "__proto__" text, "constructor" text, "toJSON" text)',
    sql: [
      "INSERT INTO t VALUES (1, 'a', 'b', 'c') ON CONFLICT (id) DO NOTHING",
      "INSERT INTO t VALUES (1, 'd', 'e', 'f') ON CONFLICT (id) DO UPDATE SET \"__proto__\" = excluded.\"__proto__\"",
    ],
    events: [
      { operation: "insert" },
      { operation: "update", after: JSON.parse('{"id":1,"__proto__":"d","constructor":"b","toJSON":"c"}') as ChangeEvent["after"] },
    ],
  },
];
