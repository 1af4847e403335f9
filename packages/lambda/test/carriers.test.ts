import { afterEach, describe, expect, test } from "vitest";
import { lineOf, type CarriedItem, type CarrierName } from "./support/carriers.ts";
import type { Reply } from "./support/far-side.ts";
import { bench, type Bench } from "./support/invocation.ts";
import { MemoryLayer } from "./support/layer.ts";

let open: Bench | undefined;

afterEach(async () => {
  await open?.close();
  open = undefined;
});

interface Case {
  readonly name: string;
  readonly by: CarrierName;
  readonly items: readonly CarriedItem[];
  readonly replies?: Readonly<Record<string, readonly Reply[]>>;
  /** The time is up when this name arrives. */
  readonly timeUpAt?: string;
  readonly remembers?: boolean;
  readonly again?: readonly string[];
  readonly letters?: readonly string[];
  /** Sorted. */
  readonly arrived: readonly string[];
}

const abc = [{ name: "a" }, { name: "b" }, { name: "c" }];
const oneKey = abc.map((item) => ({ ...item, key: "k" }));
const oneGroup = abc.map((item) => ({ ...item, group: "g" }));

const cases: readonly Case[] = [
  { name: "kinesis: all accepted", by: "kinesis", items: abc, arrived: ["a", "b", "c"] },
  {
    name: "kinesis: the first that was not begun is the checkpoint",
    by: "kinesis",
    items: oneKey,
    timeUpAt: "a",
    again: ["b"],
    arrived: ["a"],
  },
  {
    name: "kinesis: what cannot be read is a dead letter, the others go on",
    by: "kinesis",
    items: [{ name: "a" }, { name: "b", body: "\u0000\u00ff" }, { name: "c" }],
    letters: ["shardId-000000000000:b: rejected RECORD_UNREADABLE"],
    arrived: ["a", "c"],
  },
  {
    name: "kinesis: of several changes in one record those that can be read go on",
    by: "kinesis",
    items: [{ name: "a", body: `[${lineOf({ name: "x" })},{"operation":"hunter2"},${lineOf({ name: "y" })}]` }, { name: "b" }],
    letters: ["shardId-000000000000:a: rejected RECORD_UNREADABLE"],
    arrived: ["b", "x", "y"],
  },
  {
    name: "kinesis, remembering: what was not begun comes again though later records were done, and these are remembered",
    by: "kinesis",
    items: [{ name: "a", key: "k" }, { name: "b", key: "k" }, { name: "c" }],
    timeUpAt: "a",
    remembers: true,
    again: ["b"],
    arrived: ["a", "c"],
  },
  { name: "sqs: all accepted", by: "sqs", items: abc, arrived: ["a", "b", "c"] },
  {
    name: "sqs: a far side that is away: its message alone comes again",
    by: "sqs",
    items: abc,
    replies: { b: [503] },
    timeUpAt: "b",
    again: ["b"],
    arrived: ["a", "b", "c"],
  },
  {
    name: "sqs: locked out: the message comes again",
    by: "sqs",
    items: [{ name: "a" }],
    replies: { a: [401] },
    again: ["a"],
    arrived: ["a"],
  },
  {
    name: "sqs: it may have happened, and nobody would remember: a dead letter",
    by: "sqs",
    items: [{ name: "a" }],
    replies: { a: [500] },
    timeUpAt: "a",
    letters: ["a: out-of-time SINK_500"],
    arrived: ["a"],
  },
  {
    name: "sqs, remembering: it may have happened, and the rule lets it be tried again: the message comes again",
    by: "sqs",
    items: [{ name: "a" }],
    replies: { a: [500] },
    timeUpAt: "a",
    remembers: true,
    again: ["a"],
    arrived: ["a"],
  },
  {
    name: "sqs: what can never succeed is a dead letter",
    by: "sqs",
    items: [{ name: "a" }, { name: "b", kind: "failed-match" }, { name: "c", body: "no" }],
    replies: { a: [400] },
    letters: ["a: rejected SINK_400", "b: rejected TEMPLATE_FAILED", "c: rejected RECORD_UNREADABLE"],
    arrived: ["a"],
  },
  {
    name: "fifo: after the first that comes again, all later ones of its group do, unbegun; other groups go on",
    by: "fifo",
    items: [
      { name: "a", group: "g" },
      { name: "b", group: "g" },
      { name: "c", group: "g" },
      { name: "d", group: "h" },
    ],
    replies: { b: [401] },
    again: ["b", "c"],
    arrived: ["a", "b", "d"],
  },
  {
    name: "fifo: a dead letter does not keep its group from going on",
    by: "fifo",
    items: oneGroup,
    replies: { b: [400] },
    letters: ["b: rejected SINK_400"],
    arrived: ["a", "b", "c"],
  },
  { name: "eventbridge: accepted", by: "eventbridge", items: [{ name: "a" }], arrived: ["a"] },
  {
    name: "eventbridge: provably not done: it throws",
    by: "eventbridge",
    items: [{ name: "a" }],
    replies: { a: [503] },
    timeUpAt: "a",
    again: ["a"],
    arrived: ["a"],
  },
  {
    name: "eventbridge: it may have happened: a throw would repeat it blindly",
    by: "eventbridge",
    items: [{ name: "a" }],
    replies: { a: [500] },
    timeUpAt: "a",
    letters: ["a: out-of-time SINK_500"],
    arrived: ["a"],
  },
  {
    name: "eventbridge: rejected",
    by: "eventbridge",
    items: [{ name: "a" }],
    replies: { a: [400] },
    letters: ["a: rejected SINK_400"],
    arrived: ["a"],
  },
];

describe("what is answered", () => {
  test.for(cases)("$name", async ({ by, items, replies = {}, timeUpAt, remembers, again = [], letters = [], arrived }) => {
    const it = await bench(remembers === true ? { handler: { remember: new MemoryLayer() } } : {});
    open = it;
    for (const [name, script] of Object.entries(replies)) it.far.script(name, ...script);
    it.far.onArrival = ({ name }) => {
      if (name === timeUpAt) it.left = 0;
    };
    expect(await it.carry(by, items)).toEqual(again);
    expect(it.far.names().sort()).toEqual(arrived);
    expect(it.written().sort()).toEqual(letters);
  });

  test("messages of a FIFO group are taken one after the other, whatever their keys", async () => {
    const it = await bench();
    open = it;
    await it.carry("fifo", oneGroup);
    expect(it.far.names()).toEqual(["a", "b", "c"]);
    expect(it.far.most).toBe(1);
  });

  test.for(["sqs", "fifo"] as const)(
    "%s: where dead letters cannot be sent, the message comes again, and of a group all that follow",
    async (by) => {
      const it = await bench();
      open = it;
      it.far.script("b", 400);
      it.takesLetters = false;
      expect(await it.carry(by, oneGroup)).toEqual(by === "fifo" ? ["b", "c"] : ["b"]);
      expect(it.far.names().sort()).toEqual(by === "fifo" ? ["a", "b"] : ["a", "b", "c"]);
      it.takesLetters = true;
      expect(await it.carry(by, oneGroup.slice(1))).toEqual([]);
      expect(it.written()).toEqual(["b: rejected SINK_400"]);
    },
  );

  test("a standard queue's groups say nothing of order", async () => {
    const it = await bench();
    open = it;
    it.far.script("a", 401);
    expect(await it.carry("sqs", oneGroup)).toContain("a");
    expect(it.far.names().length).toBeGreaterThan(1);
  });
});
