import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Secret } from "@backstitch/core/connector";
import { SourceMisconfigured } from "@backstitch/core/source";
import { postgresSource, setupPostgres, verifyPostgres, type PostgresSourceOptions, type TableNeed } from "@backstitch/sources/postgres";
import { freshOptions, openDatabase, readEvents, until, type Database } from "./support/database.ts";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";

let server: LocalPostgres;
let database: Database;
let options: PostgresSourceOptions;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

beforeEach(async () => {
  database = await openDatabase(server.url);
  await database.run(
    "CREATE TABLE inventory (id int PRIMARY KEY, name text)",
    "CREATE TABLE orders (id int PRIMARY KEY)",
    "CREATE TABLE notes (body text)",
  );
  options = freshOptions(database);
});
afterEach(async () => {
  await database.run(`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active`);
  await database.close();
});

const needs: readonly TableNeed[] = [
  { collection: "inventory", needsBefore: true },
  { collection: "orders", needsBefore: false },
  { collection: "notes", needsBefore: false },
];
const slot = (): string => `backstitch_${options.name}`;

describe("setupPostgres", () => {
  test("makes what is missing, once", async () => {
    const first = await setupPostgres(options, needs);
    const second = await setupPostgres(options, needs);
    expect(first.map(({ done, sql }) => [done, sql.split(" ").slice(0, 3).join(" ")])).toEqual([
      ["created", `CREATE PUBLICATION "${slot()}"`],
      ["created", 'ALTER TABLE "public"."inventory"'],
      ["created", 'ALTER TABLE "public"."notes"'],
      ["created", `SELECT pg_create_logical_replication_slot('${slot()}', 'pgoutput',`],
    ]);
    expect(second.map(({ done }) => done)).toEqual(Array.from({ length: 4 }, () => "already there"));
    for (const { what } of first) expect(what).toMatch(/^[A-Z].*\.$/);
    expect(await verifyPostgres(options, needs)).toEqual([]);
  });

  test("names exactly the tables that the rules read, also when those change", async () => {
    const published = async (): Promise<unknown[]> =>
      (await database.rows("SELECT tablename FROM pg_publication_tables ORDER BY 1")).map(({ tablename }) => tablename);
    await setupPostgres(options, needs);
    expect(await published()).toEqual(["inventory", "notes", "orders"]);
    const steps = await setupPostgres(options, needs.slice(0, 1));
    expect(steps[0]).toMatchObject({ done: "created", sql: expect.stringContaining("SET TABLE") });
    expect(await published()).toEqual(["inventory"]);
    expect((await setupPostgres(options, []))[0]).toMatchObject({ done: "already there" });
  });

  test("misses nothing that is committed after it", async () => {
    await setupPostgres(options, needs);
    await database.run("INSERT INTO inventory VALUES (1)");
    expect(await readEvents(postgresSource(options), 1)).toMatchObject([{ key: { id: 1 } }]);
  });

  test("takes the connection string as a secret, and names that need quoting", async () => {
    await database.run('CREATE SCHEMA "We""ird"', 'CREATE TABLE "We""ird"."T x" (id int PRIMARY KEY)');
    const secret = { ...options, connectionString: new Secret(database.url), publication: `it's "odd" \\` };
    const odd: readonly TableNeed[] = [{ collection: 'We"ird.T x', needsBefore: true }];
    await setupPostgres(secret, odd);
    expect(await verifyPostgres(secret, odd)).toEqual([]);
    await database.run('INSERT INTO "We""ird"."T x" VALUES (1)');
    expect(await readEvents(postgresSource(secret), 1)).toMatchObject([{ collection: 'We"ird.T x', key: { id: 1 } }]);
  });

  test("changes nothing where a table is missing, and says which was meant", async () => {
    const failing = setupPostgres(options, [...needs, { collection: "inventry", needsBefore: false }]);
    await expect(failing).rejects.toThrow(SourceMisconfigured);
    await expect(failing).rejects.toThrow(/no table "inventry".*Did you mean "inventory"\?/);
    expect(await database.rows("SELECT 1 FROM pg_publication")).toEqual([]);
  });

  test("publishes stored generated columns where rows could not be updated otherwise, and refuses others", async () => {
    await database.run("ALTER TABLE inventory ADD COLUMN twice int GENERATED ALWAYS AS (id * 2) STORED");
    await setupPostgres(options, needs.slice(1));
    await database.run(`ALTER PUBLICATION "${slot()}" ADD TABLE inventory`, "ALTER TABLE inventory REPLICA IDENTITY FULL");
    expect(await verifyPostgres(options, needs)).toMatchObject([
      {
        code: "GENERATED_COLUMN_UNPUBLISHED",
        message: expect.stringMatching(/leaves out a generated column of table "inventory"/) as string,
      },
    ]);
    const [step] = await setupPostgres(options, needs);
    expect(step).toMatchObject({ done: "created", sql: `ALTER PUBLICATION "${slot()}" SET (publish_generated_columns = stored)` });
    expect(await verifyPostgres(options, needs)).toEqual([]);
    await database.run("INSERT INTO inventory (id) VALUES (1)", "UPDATE inventory SET id = 2");

    await database.run("ALTER TABLE inventory ADD COLUMN thrice int GENERATED ALWAYS AS (id * 3)");
    await expect(setupPostgres(options, needs)).rejects.toThrow(
      /table "inventory" has a generated column that is not stored.*Make the column STORED/,
    );
    expect(await verifyPostgres(options, needs)).toMatchObject([{ severity: "error", code: "GENERATED_COLUMN_VIRTUAL" }]);
  });

  test("refuses a slot of another kind", async () => {
    await setupPostgres({ ...options, slot: "taken" }, needs);
    const other = await openDatabase(server.url);
    await other.run("CREATE TABLE inventory (id int PRIMARY KEY)");
    await expect(setupPostgres({ ...options, connectionString: other.url, slot: "taken" }, needs.slice(0, 1))).rejects.toThrow(
      /"taken" exists and is not/,
    );
    await other.close();
  });
});

describe("verifyPostgres finds", () => {
  const cases: readonly (readonly [
    name: string,
    damage: () => Promise<unknown>,
    findings: readonly (readonly [code: string, message: RegExp])[],
  ])[] = [
    ["nothing where all is well", () => Promise.resolve(), []],
    [
      "a dropped slot",
      () => database.run(`SELECT pg_drop_replication_slot('${slot()}')`),
      [["SLOT_MISSING", /"backstitch_shop\d+_\d+" does not exist/]],
    ],
    ["a dropped publication", () => database.run(`DROP PUBLICATION "${slot()}"`), [["PUBLICATION_MISSING", /does not exist/]]],
    [
      "a table that the publication lacks",
      () => database.run(`ALTER PUBLICATION "${slot()}" DROP TABLE orders`),
      [["PUBLICATION_OMITS_TABLE", /does not have table "orders"/]],
    ],
    [
      "operations that the publication lacks",
      () => database.run(`ALTER PUBLICATION "${slot()}" SET (publish = 'insert')`),
      [["PUBLICATION_OMITS_OPERATION", /leaves out update and delete/]],
    ],
    [
      "a lost replica identity",
      () => database.run("ALTER TABLE inventory REPLICA IDENTITY DEFAULT"),
      [["REPLICA_IDENTITY_MISSING", /"inventory" is not REPLICA IDENTITY FULL, and a rule reads/]],
    ],
    [
      "a table that could not be updated",
      () => database.run("ALTER TABLE notes REPLICA IDENTITY DEFAULT"),
      [["REPLICA_IDENTITY_MISSING", /"notes".*nothing else identifies its rows/]],
    ],
    [
      "a table told not to identify its rows",
      () => database.run("ALTER TABLE orders REPLICA IDENTITY NOTHING"),
      [["REPLICA_IDENTITY_MISSING", /"orders".*nothing else identifies its rows/]],
    ],
    [
      "a table that is gone",
      () => database.run("ALTER TABLE orders RENAME TO orderz"),
      [["TABLE_MISSING", /no table "orders".*Did you mean "orderz"\?/]],
    ],
  ];
  for (const [name, damage, findings] of cases) {
    test(name, async () => {
      await setupPostgres(options, needs);
      await damage();
      const found = await verifyPostgres(options, needs);
      expect(found.map(({ code, severity }) => [severity, code])).toEqual(findings.map(([code]) => ["error", code]));
      if (findings.some(([code]) => code.startsWith("REPLICA") || code === "SLOT_MISSING")) {
        await setupPostgres(options, needs);
        expect(await verifyPostgres(options, needs)).toEqual([]);
      }
      for (const [index, [, message]] of findings.entries())
        expect(found[index]).toMatchObject({ message: expect.stringMatching(message), remedy: expect.any(String) });
    });
  }

  test("that the slot is being read, as a warning", async () => {
    await setupPostgres(options, needs);
    const stop = new AbortController();
    const reading = postgresSource(options).read(new Map(), async () => undefined, stop.signal);
    await until(async () => (await verifyPostgres(options, needs)).length > 0);
    expect(await verifyPostgres(options, needs)).toMatchObject([{ severity: "warning", code: "SLOT_IN_USE" }]);
    stop.abort();
    await reading;
  });

  test("a user that may not replicate", async () => {
    await setupPostgres(options, needs);
    await database.run("DROP ROLE IF EXISTS reader", "CREATE ROLE reader LOGIN PASSWORD 'reader'");
    const connectionString = Object.assign(new URL(database.url), { username: "reader", password: "reader" }).href;
    expect(await verifyPostgres({ ...options, connectionString }, needs)).toMatchObject([
      { code: "USER_MAY_NOT_REPLICATE", message: expect.stringContaining('"reader"') },
    ]);
    await database.run("ALTER ROLE reader REPLICATION");
    expect(await verifyPostgres({ ...options, connectionString }, needs)).toEqual([]);
    // REPLICATION is all that reading needs.
    await database.run("INSERT INTO inventory VALUES (1)");
    expect(await readEvents(postgresSource({ ...options, connectionString }), 1)).toMatchObject([{ key: { id: 1 } }]);
  });

  test("a wrong password and a server that is down, as one finding without the secret", async () => {
    const wrong = Object.assign(new URL(database.url), { password: "s3cret-canary" }).href;
    const down = "postgres://me:s3cret-canary@127.0.0.1:1/db";
    const found = [
      ...(await verifyPostgres({ ...options, connectionString: wrong }, needs)),
      ...(await verifyPostgres({ ...options, connectionString: down }, needs)),
    ];
    expect(found.map(({ code }) => code)).toEqual(["DATABASE_REFUSES", "DATABASE_UNREACHABLE"]);
    expect(JSON.stringify(found)).not.toContain("s3cret-canary");
  });
});

test("a server without logical replication is told of by both", async () => {
  const plain = await startPostgres({ settings: { wal_level: "replica" } });
  try {
    const db = await openDatabase(plain.url);
    await db.run("CREATE TABLE inventory (id int PRIMARY KEY)");
    const mine = freshOptions(db);
    const one = [{ collection: "inventory", needsBefore: false }];
    expect((await verifyPostgres(mine, one)).map(({ code }) => code)).toEqual(["WAL_LEVEL", "PUBLICATION_MISSING", "SLOT_MISSING"]);
    await expect(setupPostgres(mine, one)).rejects.toThrow(/wal_level = replica; it must be logical/);
    await db.close();
  } finally {
    await plain.stop();
  }
});

test("a slot whose log the server removed is lost to all three", async () => {
  const small = await startPostgres({ settings: { max_slot_wal_keep_size: "1MB", min_wal_size: "32MB", max_wal_size: "32MB" } });
  try {
    const db = await openDatabase(small.url);
    await db.run("CREATE TABLE inventory (id int PRIMARY KEY)");
    const mine = freshOptions(db);
    const one = [{ collection: "inventory", needsBefore: false }];
    await setupPostgres(mine, one);
    const [row] = await db.rows("SELECT system_identifier || ':1:' || pg_current_wal_lsn() AS position FROM pg_control_system()");
    await until(async () => {
      await db.run("INSERT INTO inventory SELECT coalesce(max(id), 0) + 1 FROM inventory", "SELECT pg_switch_wal()", "CHECKPOINT");
      return (await db.rows("SELECT 1 FROM pg_replication_slots WHERE wal_status = 'lost'")).length === 1;
    });
    expect((await verifyPostgres(mine, one)).map(({ code }) => code)).toEqual(["SLOT_LOST"]);
    await expect(setupPostgres(mine, one)).rejects.toThrow(/is lost/);
    const source = postgresSource(mine);
    await expect(
      source.read(new Map([["wal", String(row?.["position"])]]), async () => undefined, AbortSignal.timeout(10_000)),
    ).rejects.toMatchObject({ name: "PositionLost", earliest: undefined });
    await expect(source.read(new Map(), async () => undefined, AbortSignal.timeout(10_000))).rejects.toMatchObject({
      name: "SourceMisconfigured",
    });
    await db.close();
  } finally {
    await small.stop();
  }
});
