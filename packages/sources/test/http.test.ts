import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Secret } from "@backstitch/core/connector";
import { PositionLost, type Batch } from "@backstitch/core/source";
import { httpSource } from "@backstitch/sources/http";
import { post, posting } from "./support/posting.ts";

const insert = (id: number, more: object = {}): object => ({
  id: `e${id}`,
  operation: "insert",
  collection: "item",
  after: { id, ...more },
});

const idsOf = (batches: readonly Batch[]): readonly string[] => batches.flatMap(({ events }) => events.map(({ id }) => id));

function fixture(path: string): Buffer {
  return readFileSync(join(import.meta.dirname, "fixtures", path));
}

describe("what is posted", () => {
  test("is answered 200 once the journal has it, and not before", async () => {
    const [reached, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await using source = await posting({}, async () => {
      reached.resolve();
      await gate.promise;
    });
    let isAnswered = false;
    const answer = source.post(insert(1)).finally(() => (isAnswered = true));
    await reached.promise;
    expect(isAnswered).toBe(false);
    gate.resolve();
    expect(await answer).toMatchObject({ status: 200, body: { events: 1, unreadable: 0, ignored: 0 } });
    expect(source.batches).toMatchObject([{ source: "web", partition: "http", from: undefined, to: "1", events: [{ id: "e1" }] }]);
  });

  test("is told to come again where the journal refuses it; the reading fails as the journal did", async () => {
    await using source = await posting({}, () => Promise.reject(new Error("no room")));
    const { status, headers, body } = await source.post(insert(1));
    expect({ status, body }).toMatchObject({ status: 503, body: { error: expect.stringContaining("send it again") } });
    expect(headers.get("retry-after")).toBe("5");
    await expect(source.reading).rejects.toThrow("no room");
  });

  test("goes to the journal together where several come while it is at work; each batch goes on from the one before", async () => {
    const [reached, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await using source = await posting({ batch: { events: 3 } }, async () => {
      reached.resolve();
      await gate.promise;
    });
    const first = source.post(insert(1));
    await reached.promise;
    const rest = [2, 3, 4, 5].map((id) => source.post(insert(id)));
    gate.resolve();
    await Promise.all([first, ...rest]);
    expect(idsOf(source.batches).toSorted()).toEqual(["e1", "e2", "e3", "e4", "e5"]);
    expect(source.batches.map(({ from, to }) => [from, to])).toEqual(
      source.batches.map((_, index) => [index === 0 ? undefined : String(index), String(index + 1)]),
    );
  });

  test("may be an array, or lines; more than a batch holds is answered once all of it is there", async () => {
    await using source = await posting({ batch: { events: 2 } });
    const answer = await source.post([1, 2, 3, 4, 5].map((id) => insert(id)));
    expect(answer.body).toEqual({ events: 5, unreadable: 0, ignored: 0 });
    expect(source.batches.map(({ events }) => events.length)).toEqual([2, 2, 1]);
    const lines = [insert(6), insert(7)].map((line) => JSON.stringify(line)).join("\n");
    expect((await source.post(`${lines}\n\n`, { "content-type": "application/x-ndjson" })).body).toMatchObject({ events: 2 });
    expect(idsOf(source.batches)).toEqual(["e1", "e2", "e3", "e4", "e5", "e6", "e7"]);
  });

  test.each(["webhook-id", "idempotency-key"])(
    "has the sender's %s for an id where its shape has none; several are numbered",
    async (header) => {
      await using source = await posting({ accepts: "supabase" });
      const change = { type: "INSERT", table: "item", schema: "public", record: { id: 1 }, old_record: null };
      await source.post(change, { [header]: "m1" });
      await source.post([change, change], { [header]: "m2" });
      await source.post(`${JSON.stringify(change)}\n${JSON.stringify(change)}`, { [header]: "m3", "content-type": "application/x-ndjson" });
      expect(idsOf(source.batches)).toEqual(["m1", "m2/0", "m2/1", "m3/0", "m3/1"]);
    },
  );

  test("that is twice in a request is one change", async () => {
    await using source = await posting({});
    expect((await source.post([insert(1), insert(1)])).body).toMatchObject({ events: 1 });
  });

  test("keeps every digit", async () => {
    await using source = await posting({});
    await source.post('{"operation":"insert","collection":"item","id":"a","after":{"id":9007199254740993}}');
    expect(source.batches[0]?.events[0]?.after).toEqual({ id: 9_007_199_254_740_993n });
  });

  test("of other shapes is read as they say, with names and keys of the project's own", async () => {
    await using source = await posting({ accepts: "dms", collections: { inventory: "stock" }, keys: { stock: ["serial"] } });
    await source.post(fixture("dms/insert.json"));
    expect(source.batches[0]?.events[0]).toMatchObject({ collection: "stock", key: { serial: 9_007_199_254_740_993n } });
  });

  test("as a Kafka message has its key beside it; a tombstone is no change", async () => {
    await using source = await posting({ accepts: "debezium" });
    const message = `{"topic":"shop","key":${fixture("debezium/insert.key.json")},"value":${fixture("debezium/insert.json")}}`;
    expect((await source.post(`[${message},{"key":{"id":7},"value":null}]`)).body).toEqual({ events: 1, unreadable: 0, ignored: 1 });
    expect(source.batches[0]?.events[0]).toMatchObject({ key: { id: 7 }, operation: "insert" });
  });
});

describe("what cannot be read", () => {
  test("is a dead letter with its bytes and an id that stays, and the rest goes on", async () => {
    await using source = await posting({ now: () => 0 });
    const bad = '{"operation":"upsert","collection":"item","after":{"secret":9007199254740993}}';
    const body = `[${JSON.stringify(insert(1))},${bad},${JSON.stringify(insert(2))}]`;
    expect(await source.post(body)).toMatchObject({ status: 200, body: { events: 2, unreadable: 1 } });
    await source.post(body);
    const [first, second] = source.batches.map(({ unreadable }) => unreadable?.[0]);
    expect(Buffer.from(first?.raw ?? []).toString()).toBe(bad);
    expect(first).toMatchObject({
      reason: 'The record has a "operation" that is not one of insert, update, replace, delete.',
      receivedAt: "1970-01-01T00:00:00.000000Z",
    });
    expect(second?.id).toBe(first?.id);
  });

  test("alone in a request is its bytes as they came", async () => {
    await using source = await posting({ accepts: "supabase" });
    await source.post('{ "type" : "TRUNCATE" }');
    expect(Buffer.from(source.batches[0]?.unreadable?.[0]?.raw ?? []).toString()).toBe('{ "type" : "TRUNCATE" }');
  });

  test.each([
    ["no JSON", "hunter2", {}],
    ["a body that ends in the middle", '{"operation":', {}],
    ["no UTF-8", new Uint8Array([0xff, 0x7b]), {}],
    ["nothing", "", {}],
    ["nested too deep", "[".repeat(600) + "]".repeat(600), {}],
    ["lines of which none is JSON", "a\nb\n", { "content-type": "application/x-ndjson" }],
    ["no batch", "{}", { "content-type": "application/cloudevents-batch+json" }],
  ] as const)("%s is the sender's to keep", async (_, body, headers) => {
    await using source = await posting({});
    const { status, body: said } = await source.post(body, headers);
    expect(status).toBe(400);
    expect(said["error"]).toMatch(/^The body is /);
    expect(said["error"]).not.toContain("hunter2");
    expect(source.batches).toEqual([]);
  });

  test("of several lines is a dead letter of its own", async () => {
    await using source = await posting({});
    const { body } = await source.post(`${JSON.stringify(insert(1))}\nno json\n`, { "content-type": "application/x-ndjson" });
    expect(body).toEqual({ events: 1, unreadable: 1, ignored: 0 });
    expect(Buffer.from(source.batches[0]?.unreadable?.[0]?.raw ?? []).toString()).toBe("no json");
  });
});

describe("a request that is none", () => {
  test.each([
    ["another path", { path: "/other" }, "POST", 404],
    ["another method", {}, "GET", 405],
  ] as const)("%s", async (_, { path = "" }: { readonly path?: string }, method, status) => {
    await using source = await posting({});
    const response = await fetch(source.url + path, { method });
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: expect.any(String) });
    if (status === 405) expect(response.headers.get("allow")).toBe("POST");
  });

  test.each([
    ["another content type", { "content-type": "text/html" }],
    ["another charset", { "content-type": "application/json; charset=latin1" }],
    ["a compressed body", { "content-encoding": "gzip" }],
  ])("%s", async (_, headers) => {
    await using source = await posting({});
    expect((await source.post(insert(1), headers)).status).toBe(415);
  });

  test.each([
    ["with a length", "x".repeat(5_000)],
    [
      "in chunks",
      new ReadableStream({
        start(controller) {
          for (let chunk = 0; chunk < 50; chunk += 1) controller.enqueue(new TextEncoder().encode("x".repeat(100)));
          controller.close();
        },
      }),
    ],
  ] as const)("too large, %s", async (_, body) => {
    await using source = await posting({ maxBodyBytes: 2_000 });
    const response = await fetch(source.url, {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
      duplex: "half",
    });
    expect(response.status).toBe(413);
    expect(((await response.json()) as { error: string }).error).toContain("2000 bytes");
  });
});

describe("pressure", () => {
  test("more requests than may be under way are told to come again at once", async () => {
    const [reached, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await using source = await posting({ maxRequests: 1 }, async () => {
      reached.resolve();
      await gate.promise;
    });
    const first = source.post(insert(1));
    await reached.promise;
    const { status, headers } = await source.post(insert(2));
    expect([status, headers.get("retry-after")]).toEqual([503, "1"]);
    gate.resolve();
    expect((await first).status).toBe(200);
    expect((await source.post(insert(2))).status).toBe(200);
  });

  test("what the journal does not take in time is told to come again, and given up where it was not passed on", async () => {
    const gate = Promise.withResolvers<void>();
    await using source = await posting({ answerWithinMs: 20, batch: { events: 1 } }, () => gate.promise);
    const answers = await Promise.all([source.post(insert(1)), source.post(insert(2))]);
    expect(answers.map(({ status }) => status)).toEqual([503, 503]);
    gate.resolve();
    expect((await source.post(insert(3), {})).status).toBe(200);
    expect(source.batches.flatMap(({ events }) => events)).toHaveLength(2);
  });
});

describe("stopping", () => {
  test("finishes what the journal is at work on, and tells the rest to come again", async () => {
    const [reached, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await using source = await posting({ batch: { events: 1 } }, async () => {
      reached.resolve();
      await gate.promise;
    });
    const first = source.post(insert(1));
    await reached.promise;
    const waiting = source.post([insert(2)]);
    await expect.poll(() => fetch(source.url).then(({ status }) => status)).toBe(405);
    source.stop();
    gate.resolve();
    expect((await first).status).toBe(200);
    expect((await waiting).status).toBe(503);
    await source.reading;
    await expect(post(source.url, insert(3))).rejects.toThrow("fetch failed");
    expect(idsOf(source.batches)).toEqual(["e1"]);
  });

  test("a reading that goes on listens where the one before it did", async () => {
    const urls: string[] = [];
    const source = httpSource({ name: "web", accepts: "backstitch", port: 0, authentication: "none", listening: (url) => urls.push(url) });
    for (let reading = 0; reading < 2; reading += 1) {
      const stop = new AbortController();
      const read = source.read(new Map([["http", "41"]]), async ({ from, to }) => expect([from, to]).toEqual(["41", "42"]), stop.signal);
      await expect.poll(() => urls.length).toBe(reading + 1);
      expect((await post(urls[reading] ?? "", insert(1))).status).toBe(200);
      stop.abort();
      await read;
    }
    expect(urls[1]).toBe(urls[0]);
  });

  test("a position of another kind of source is lost", async () => {
    const source = httpSource({ name: "web", accepts: "backstitch", port: 0, authentication: "none" });
    const reading = source.read(new Map([["http", "0/16B3748"]]), async () => {}, new AbortController().signal);
    await expect(reading).rejects.toBeInstanceOf(PositionLost);
  });

  test("a port that is in use is tried again; an address that this machine does not have is somebody's to mend", async () => {
    await using other = await posting({});
    const port = Number(new URL(other.url).port);
    const read = (options: object): Promise<void> =>
      httpSource({ name: "web", accepts: "backstitch", port, authentication: "none", ...options }).read(
        new Map(),
        async () => {},
        new AbortController().signal,
      );
    await expect(read({})).rejects.toMatchObject({ name: "Error", message: expect.stringContaining("in use") });
    await expect(read({ host: "192.0.2.1", bearerToken: new Secret("t") })).rejects.toMatchObject({
      name: "SourceMisconfigured",
      message: expect.stringContaining("host"),
    });
  });
});
