import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bench, type Bench } from "./support/invocation.ts";
import { MemoryLayer } from "./support/layer.ts";

let it: Bench;
let layer: MemoryLayer;
let failures: unknown[];

beforeEach(async () => {
  layer = new MemoryLayer();
  failures = [];
  it = await bench({ handler: { remember: layer }, observe: { memoryFailed: (error) => failures.push(error) } });
});
afterEach(() => it.close());

/** What the table holds, as states. */
function remembered(): string[] {
  return [...layer.records.values()].map((record) =>
    record.getStatus() === "COMPLETED" ? (record.getResponse() as string) : record.getStatus(),
  );
}

/** The invocation is killed while a request is under way: Lambda has nothing, and nothing more is done. */
async function kill(items: Parameters<Bench["invoke"]>[0]): Promise<void> {
  const arrived = Promise.withResolvers<void>();
  it.far.script(items[0]?.name ?? "", "hang", 200);
  it.far.onArrival = () => arrived.resolve();
  layer.fault = (request) => {
    if (request !== "get" && request !== "put") throw new Error("killed");
  };
  void it.invoke(items);
  await arrived.promise;
  it.restart();
  it.far.onArrival = () => undefined;
  layer.fault = () => undefined;
}

/** The time until which the killed invocation may have gone on is over. */
function passTime(): void {
  for (const record of layer.records.values()) Object.assign(record, { inProgressExpiryTimestamp: Date.now() - 1 });
}

describe("what is remembered over containers", () => {
  test("a large batch asks no more at once than there are connections", async () => {
    let underWay = 0;
    let most = 0;
    const count =
      <T>(ask: (id: string, more: never) => Promise<T>) =>
      async (id: string, more: never): Promise<T> => {
        most = Math.max(most, (underWay += 1));
        await new Promise((resolve) => setImmediate(resolve));
        return ask.call(layer, id, more).finally(() => (underWay -= 1));
      };
    Object.assign(layer, { getRecord: count(layer.getRecord), saveSuccess: count(layer.saveSuccess) });
    const items = Array.from({ length: 200 }, (_, index) => ({ name: `n${index}` }));
    expect(await it.invoke(items)).toBeUndefined();
    expect(it.far.names()).toHaveLength(200);
    expect(most).toBe(50);
  });

  test("what was accepted is not sent again by another container", async () => {
    await it.invoke([{ name: "a" }, { name: "b" }]);
    it.restart();
    expect(await it.invoke([{ name: "a" }, { name: "b" }, { name: "c" }])).toBeUndefined();
    expect(it.far.names().sort()).toEqual(["a", "b", "c"]);
    expect(remembered()).toEqual(["done", "done", "done"]);
  });

  test("a letter is not sent again by another container", async () => {
    it.far.script("a", 400);
    await it.invoke([{ name: "a" }]);
    it.restart();
    expect(await it.invoke([{ name: "a" }])).toBeUndefined();
    expect(it.written()).toEqual(["a: rejected SINK_400"]);
    expect(it.far.names()).toEqual(["a"]);
  });

  test("what provably did not happen leaves nothing to be remembered", async () => {
    it.far.script("a", 503);
    it.far.onArrival = () => (it.left = 0);
    expect(await it.carry("sqs", [{ name: "a" }])).toEqual(["a"]);
    expect(remembered()).toEqual([]);
  });

  test.for([
    { name: "killed, and to be tried again", item: { name: "a" }, arrived: ["a", "a"], letters: [] },
    { name: "killed, and to be held", item: { name: "a", hold: true }, arrived: ["a"], letters: ["a: held HELD"] },
    { name: "killed, and found out", item: { name: "a", action: "find" }, arrived: ["a", "look-a"], letters: [] },
  ])("$name", async ({ item, arrived, letters }) => {
    await kill([item]);
    expect(await it.invoke([item])).toBe(0);
    expect(it.far.names()).toEqual(["a"]);
    passTime();
    expect(await it.invoke([item])).toBeUndefined();
    expect(it.far.names()).toEqual(arrived);
    expect(it.written()).toEqual(letters);
  });

  test("what may have happened stays known where there is no time left to go on with it", async () => {
    const find = [{ name: "a", action: "find" }];
    await kill(find);
    passTime();
    layer.fault = (request) => {
      if (request === "put") it.left = 0;
    };
    expect(await it.invoke(find)).toBe(0);
    layer.fault = () => undefined;
    it.left = 60_000;
    it.restart();
    expect(await it.invoke(find)).toBeUndefined();
    expect(it.far.names()).toEqual(["a", "look-a"]);
  });

  test("of two invocations that go on with what may have happened, one does", async () => {
    const find = [{ name: "a", action: "find" }];
    it.far.script("a", 500);
    it.far.onArrival = () => (it.left = 0);
    it.takesLetters = false;
    expect(await it.invoke(find)).toBe(0);
    it.left = 60_000;
    it.takesLetters = true;
    const looking = Promise.withResolvers<void>();
    it.far.script("look-a", "hang");
    it.far.onArrival = () => looking.resolve();
    it.restart();
    void it.invoke(find);
    await looking.promise;
    it.restart();
    expect(await it.invoke(find)).toBe(0);
    expect(it.far.names()).toEqual(["a", "look-a"]);
  });

  test("what may have happened is known to the next container, and waits for nothing", async () => {
    it.far.script("a", 500);
    it.takesLetters = false;
    const held = [{ name: "a", hold: true }];
    expect(await it.invoke(held)).toBe(0);
    it.restart();
    it.takesLetters = true;
    expect(await it.invoke(held)).toBeUndefined();
    expect(it.far.names()).toEqual(["a"]);
    expect(it.written()).toEqual(["a: held HELD"]);
  });
});

describe("a table that does not answer", () => {
  test.for(["get", "put"] as const)("%s: nothing is begun, and the records come again", async (request) => {
    layer.fault = (asked) => {
      if (asked === request) throw new Error("no table");
    };
    expect(await it.invoke([{ name: "a" }, { name: "b" }])).toBe(0);
    expect(it.far.names()).toEqual([]);
    expect(failures).not.toEqual([]);
    expect(it.written()).toEqual([]);
  });

  test("update: what was accepted and is remembered nowhere keeps what is before it from coming again", async () => {
    layer.fault = (asked) => {
      if (asked === "update") throw new Error("no table");
    };
    it.far.onArrival = ({ name }) => {
      if (name === "a") it.left = 0;
    };
    expect(await it.invoke([{ name: "a", key: "k" }, { name: "b", key: "k" }, { name: "c" }])).toBeUndefined();
    expect(it.written()).toEqual(["b: out-of-time OUT_OF_TIME"]);
  });
});
