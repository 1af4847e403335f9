import { describe, expect, test } from "vitest";
import { PositionLost, SourceMisconfigured, type Batch, type Positions, type Source } from "@backstitch/core/source";
import { positionsAfter, readBatches, readEvents } from "./support/database.ts";
import { openMongo, sourceOf, type TestMongo } from "./support/mongodb.ts";

async function insert(mongo: TestMongo, _id: number, collection = "orders"): Promise<void> {
  await mongo.collection(collection).insertOne({ _id });
}

function keysIn(batches: readonly Batch[]): readonly unknown[] {
  return batches.flatMap(({ events }) => events).map(({ key }) => key?.["_id"]);
}

/** What is accepted before it stops. */
async function readToTheEnd(
  source: Source,
  from: Positions = new Map(),
): Promise<{ readonly batches: readonly Batch[]; readonly error: unknown }> {
  const batches: Batch[] = [];
  const error: unknown = await source
    .read(from, async (batch) => void batches.push(batch), AbortSignal.timeout(20_000))
    .catch((reason: unknown) => reason);
  return { batches, error };
}

describe("a history that the oplog no longer holds", () => {
  /** A position whose next changes are gone. */
  async function loseHistory(mongo: TestMongo): Promise<Positions> {
    await insert(mongo, 1);
    const read = await readBatches(mongo.source(), (batches) => keysIn(batches).length > 0);
    await insert(mongo, 2);
    mongo.peer.truncateOplog();
    await insert(mongo, 3);
    return positionsAfter(read);
  }

  test("stops the source", async () => {
    await using mongo = await openMongo({ clock: () => Date.parse("2026-01-31T12:00:00Z") });
    const positions = await loseHistory(mongo);
    const { error, batches } = await readToTheEnd(mongo.source(), positions);
    expect(batches).toEqual([]);
    expect(error).toBeInstanceOf(PositionLost);
    expect(error).toMatchObject({ source: "mongo", from: positions.get("stream"), earliest: undefined });
    expect(String(error)).toContain("no longer holds what follows it (2026-01-31T12:00:00Z)");
    expect(String(error)).toContain('Set "onLost": "restart-now"');
  });

  test("or goes on from now, with a dead letter about what was missed", async () => {
    let now = Date.parse("2026-01-31T12:00:00Z");
    await using mongo = await openMongo({ clock: () => now });
    const positions = await loseHistory(mongo);
    now += 60_000;
    await insert(mongo, 4);
    const source = mongo.source({ onLost: "restart-now", clock: () => now });
    const [gap] = await readBatches(source, (batches) => batches.length > 0, positions);
    expect(gap).toMatchObject({
      from: positions.get("stream"),
      events: [],
      unreadable: [{ id: expect.stringMatching(/^lost\/mongo\/82/), code: "CHANGES_LOST", receivedAt: "2026-01-31T12:01:00.000000Z" }],
    });
    expect(gap?.unreadable?.[0]?.reason).toMatch(/after 2026-01-31T12:00:00Z, and reading went on at 2026-01-31T12:01:00Z/);
    expect(Buffer.from(gap?.unreadable?.[0]?.raw ?? []).toString()).toBe(positions.get("stream"));
    await insert(mongo, 5);
    expect(keysIn(await readBatches(source, (batches) => keysIn(batches).length > 0, positionsAfter([gap as Batch])))).toEqual([5]);
  });

  test("and in one reading", async () => {
    await using mongo = await openMongo();
    const positions = await loseHistory(mongo);
    let written = false;
    const batches: Batch[] = [];
    const stop = new AbortController();
    await mongo.source({ onLost: "restart-now" }).read(
      positions,
      async (batch) => {
        batches.push(batch);
        if (!written) await insert(mongo, 4);
        else stop.abort();
        written = true;
      },
      stop.signal,
    );
    expect(keysIn(batches)).toEqual([4]);
    expect(batches[1]?.from).toBe(batches[0]?.to);
  });

  test("of two sources that were at one place, each in a dead letter of its own", async () => {
    await using mongo = await openMongo();
    const positions = await loseHistory(mongo);
    const ids: unknown[] = [];
    for (const name of ["mongo", "other"]) {
      const [gap] = await readBatches(mongo.source({ name, onLost: "restart-now" }), (batches) => batches.length > 0, positions);
      ids.push(gap?.unreadable?.[0]?.id);
    }
    expect(new Set(ids).size).toBe(2);
  });

  test("a refused dead letter is told again, the same", async () => {
    await using mongo = await openMongo();
    const positions = await loseHistory(mongo);
    const source = mongo.source({ onLost: "restart-now", clock: () => 0 });
    const refused: Batch[] = [];
    for (let time = 0; time < 2; time += 1)
      await source
        .read(
          positions,
          async (batch) => Promise.reject(refused.push(batch) > 0 ? new Error("full") : undefined),
          AbortSignal.timeout(20_000),
        )
        .catch(() => undefined);
    expect(refused[1]?.unreadable).toEqual(refused[0]?.unreadable);
  });

  test.each([
    ["a token that the server does not know", 260],
    ["a stream that cannot be resumed", 280],
  ])("is also %s", async (_, errorCode) => {
    await using mongo = await openMongo();
    await insert(mongo, 1);
    const read = await readBatches(mongo.source(), (batches) => batches.length > 0);
    await mongo.fail("aggregate", { errorCode }, 2);
    expect((await readToTheEnd(mongo.source(), positionsAfter(read))).error).toBeInstanceOf(PositionLost);
  });

  test("at a start, the start is wrong", async () => {
    await using mongo = await openMongo();
    await insert(mongo, 1);
    mongo.peer.truncateOplog();
    const { error } = await readToTheEnd(mongo.source({ startAt: "2020-01-01T00:00:00Z", onLost: "restart-now" }));
    expect(error).toBeInstanceOf(SourceMisconfigured);
    expect(String(error)).toContain('cannot start at its "startAt"');
  });

  test("another source's position is not gone on from", async () => {
    await using mongo = await openMongo();
    const { error } = await readToTheEnd(mongo.source({ onLost: "restart-now" }), new Map([["stream", "16/B374D848"]]));
    expect(error).toBeInstanceOf(PositionLost);
    expect(String(error)).toContain("that is not a position of a MongoDB source");
  });
});

describe("a collection that is dropped or renamed", () => {
  const ENDS: readonly (readonly [string, (mongo: TestMongo) => Promise<unknown>])[] = [
    ["dropped", async ({ shop }) => shop.collection("orders").drop()],
    ["renamed", async ({ shop }) => shop.collection("orders").rename("old-orders")],
  ];

  test.each(ENDS)("%s, stops the source behind what came before, again at every start", async (_, end) => {
    await using mongo = await openMongo();
    await insert(mongo, 1);
    await end(mongo);
    await insert(mongo, 2);
    const { batches, error } = await readToTheEnd(mongo.source());
    expect(keysIn(batches)).toEqual([1]);
    expect(error).toBeInstanceOf(PositionLost);
    expect(String(error)).toContain('the collection "shop.orders" was dropped or renamed');
    const again = await readToTheEnd(mongo.source(), positionsAfter(batches));
    expect(again).toMatchObject({ batches: [], error: { name: "PositionLost" } });
  });

  test.each(ENDS)("%s, is gone on from without a gap, where that is wanted", async (_, end) => {
    await using mongo = await openMongo();
    await insert(mongo, 1);
    await end(mongo);
    await insert(mongo, 2);
    const batches = await readBatches(mongo.source({ onLost: "restart-now" }), (all) => keysIn(all).length >= 2);
    expect(keysIn(batches)).toEqual([1, 2]);
    expect(batches.flatMap(({ unreadable = [] }) => unreadable)).toEqual([]);
    for (const [index, { from }] of batches.entries()) expect(from).toBe(batches[index - 1]?.to);
    // From every position on the way, that of the invalidation too.
    for (const [index] of batches.entries()) {
      const rest = await readBatches(
        mongo.source({ onLost: "restart-now" }),
        (all) => keysIn(all).length >= keysIn(batches.slice(index)).length,
        positionsAfter(batches.slice(0, index)),
      );
      expect(keysIn(rest)).toEqual(keysIn(batches.slice(index)));
    }
  });

  test("does not end the stream of its database, whose own end does", async () => {
    await using mongo = await openMongo();
    await insert(mongo, 1);
    await mongo.shop.collection("orders").drop();
    await insert(mongo, 2);
    await mongo.shop.dropDatabase();
    await insert(mongo, 3);
    const { batches, error } = await readToTheEnd(sourceOf(mongo.peer, { database: "shop" }));
    expect(keysIn(batches)).toEqual([1, 2]);
    expect(String(error)).toContain('the database "shop" was dropped');
  });

  test("does not end that of the deployment", async () => {
    await using mongo = await openMongo();
    await insert(mongo, 1);
    await mongo.shop.dropDatabase();
    await insert(mongo, 2);
    expect((await readEvents(sourceOf(mongo.peer, {}), 2)).map(({ key }) => key)).toEqual([{ _id: 1 }, { _id: 2 }]);
  });
});
