import { postgresReader } from "@backstitch/sources/postgres";
import { expect, test } from "vitest";
import { gateway, server, type TestGateway } from "./support.ts";

const postgres = server();
const ANYBODY = { roles: [{ name: "anybody", read: true, insert: true, delete: true, write: true }] };
const LARGE = 20;
/** Documents of 1 MB, 20 of them. */
const SCHEMA = `CREATE TABLE files (id int PRIMARY KEY, kind text, body text);
  INSERT INTO files SELECT n, 'k' || n, repeat('x', 1000000) FROM generate_series(1, ${LARGE}) n;
  CREATE TABLE notes (id int PRIMARY KEY, text text);
  INSERT INTO notes SELECT n, 'note ' || n FROM generate_series(1, 2000) n`;

async function files(roles: object = ANYBODY, more: Parameters<typeof gateway>[3] = {}): Promise<TestGateway> {
  return gateway(postgres(), SCHEMA, { files: roles, notes: ANYBODY }, more);
}

interface Page {
  readonly documents: readonly { readonly id: number }[];
  readonly next: string | null;
  readonly count?: number;
}

/** The ids of each page. */
async function pages(shop: TestGateway, query: string): Promise<readonly (readonly number[])[]> {
  const found: (readonly number[])[] = [];
  for (let next: string | null = ""; next !== null;) {
    const { status, body } = await shop.ask(`/v1/files?${query}${next === "" ? "" : `&cursor=${next}`}`);
    expect(status).toBe(200);
    const page = body as Page;
    found.push(page.documents.map(({ id }) => id));
    next = page.next;
  }
  return found;
}

const ids = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const REGEX = `filter=${encodeURIComponent('{"kind":{"$regex":"^k"}}')}`;

test("a page of large documents ends sooner, and the next goes on from there", async () => {
  await using shop = await files();
  expect(await pages(shop, "limit=1000")).toEqual([ids(1, 16), ids(17, 20)]);
  // One that is larger than a page may be is a page.
  await shop.sql("UPDATE files SET body = repeat('x', 17000000) WHERE id = 3; DELETE FROM files WHERE id > 5");
  expect(await pages(shop, "limit=4&sort=-id")).toEqual([[5, 4], [3], [2, 1]]);
}, 60_000);

test("what is withheld of documents makes no page shorter", async () => {
  await using shop = await files({ roles: [{ name: "anybody", fields: { body: { read: false } }, additionalFields: { read: true } }] });
  expect(await pages(shop, "limit=1000")).toEqual([ids(1, LARGE)]);
});

test("few rows are read at once where they are large, and they are counted all the same", async () => {
  await using shop = await files();
  const statements = async (): Promise<number> => {
    const [row] = await shop.sql("SELECT (seq_scan + coalesce(idx_scan, 0))::int AS n FROM pg_stat_user_tables WHERE relname = 'files'");
    return row?.["n"] as number;
  };
  const before = await statements();
  expect((await shop.ask(`/v1/files?limit=1&count=true&${REGEX}`)).body).toMatchObject({ count: LARGE });
  // At most 4 of them fit into a batch.
  await expect.poll(async () => (await statements()) - before, { timeout: 10_000 }).toBeGreaterThanOrEqual(LARGE / 4);
});

test("what has to be looked at to be counted are 10,000 documents", async () => {
  await using shop = await files();
  await shop.sql("INSERT INTO notes SELECT n, 'note ' || n FROM generate_series(2001, 10000) n");
  const counted = `/v1/notes?limit=1&count=true&filter=${encodeURIComponent('{"text":{"$regex":"7$"}}')}`;
  expect((await shop.ask(counted)).body).toMatchObject({ count: 1_000 });
  await shop.sql("INSERT INTO notes VALUES (10001, 'note 10001')");
  expect(await shop.ask(counted)).toMatchObject({ status: 422, body: { code: "COUNT_TOO_LARGE" } });
});

test("the Data API says so where the documents are too much for one answer; their keys are not", async () => {
  await using shop = await files();
  const call = (action: string, more: object): ReturnType<TestGateway["ask"]> =>
    shop.ask(`/action/${action}`, { json: { dataSource: "c", database: "d", collection: "files", ...more } });
  const { status, body } = await call("find", {});
  expect([status, body]).toEqual([
    413,
    { error: expect.stringContaining("projection") as string, error_code: "ReadSizeLimitExceeded", link: "" },
  ]);
  const few = { projection: { kind: 1 }, skip: 10, limit: 2 };
  expect((await call("find", few)).body).toEqual({
    documents: [
      { id: 11, kind: "k11" },
      { id: 12, kind: "k12" },
    ],
  });
  expect((await call("find", { skip: 10 })).status).toBe(200);
  expect((await call("deleteMany", { filter: { id: { $gt: 5 } } })).body).toEqual({ deletedCount: 15 });
});

test.each([
  ["listed", `limit=100&${REGEX}`],
  ["counted", `limit=1&count=true&${REGEX}`],
])("others are answered while rows are %s that take long", async (_, query) => {
  const answered: string[] = [];
  let other: Promise<void> | undefined;
  let shop: TestGateway | undefined;
  await using opened = await files(ANYBODY, {
    readersOf: (type) => {
      const read = postgresReader(type);
      return (text) => {
        if (!/^k\d+$/.test(text) || shop === undefined) return read(text);
        other ??= shop.ask("/nothing").then(() => void answered.push("the other"));
        const until = performance.now() + 12;
        while (performance.now() < until);
        return read(text);
      };
    },
  });
  shop = opened;
  await opened.sql("UPDATE files SET body = 'small'");
  await opened.ask(`/v1/files?${query}`);
  answered.push("the long one");
  await other;
  expect(answered).toEqual(["the other", "the long one"]);
});
