import { afterEach, describe, expect, test } from "vitest";
import type { Item } from "./support/batch.ts";
import { bench, type Bench } from "./support/invocation.ts";
import type { Reply } from "./support/far-side.ts";

let open: Bench | undefined;

afterEach(async () => {
  await open?.close();
  open = undefined;
});

interface Case {
  readonly name: string;
  readonly items: readonly Item[];
  readonly replies?: Readonly<Record<string, readonly Reply[]>>;
  /** The time is up when this name arrives. */
  readonly timeUpAt?: string;
  readonly answered?: number;
  readonly letters?: readonly string[];
  /** Sorted. */
  readonly arrived: readonly string[];
}

const cases: readonly Case[] = [
  { name: "nothing asked for", items: [{ name: "a", kind: "no-match" }], arrived: [] },
  { name: "an empty batch", items: [], arrived: [] },
  { name: "all accepted", items: [{ name: "a" }, { name: "b" }], arrived: ["a", "b"] },
  {
    name: "a rejected one is a dead letter, the others go on",
    items: [{ name: "a" }, { name: "b" }, { name: "c" }],
    replies: { b: [400] },
    letters: ["b: rejected SINK_400"],
    arrived: ["a", "b", "c"],
  },
  {
    name: "unavailable twice, then accepted",
    items: [{ name: "a" }],
    replies: { a: [503, 503, 200] },
    arrived: ["a", "a", "a"],
  },
  {
    name: "retries exhausted",
    items: [{ name: "a" }],
    replies: { a: [503] },
    letters: ["a: rejected RETRIES_EXHAUSTED"],
    arrived: ["a", "a", "a", "a", "a"],
  },
  {
    name: "uncertain and to be held",
    items: [{ name: "a", hold: true }],
    replies: { a: [500] },
    letters: ["a: held SINK_500"],
    arrived: ["a"],
  },
  { name: "uncertain and to be tried again", items: [{ name: "a" }], replies: { a: [500, 200] }, arrived: ["a", "a"] },
  {
    name: "uncertain and found out to be done",
    items: [{ name: "a", action: "find" }],
    replies: { a: [500] },
    arrived: ["a", "look-a"],
  },
  {
    name: "short waits that were asked for",
    items: [{ name: "a" }],
    replies: { a: [429, 429, 200] },
    arrived: ["a", "a", "a"],
  },
  {
    name: "locked out: nothing more goes to the service, all of it is kept",
    items: [
      { name: "a", key: "k" },
      { name: "b", key: "k" },
      { name: "c", key: "k" },
    ],
    replies: { a: [401] },
    letters: ["a: locked-out SINK_401", "b: locked-out SINK_401", "c: locked-out SINK_401"],
    arrived: ["a"],
  },
  {
    name: "an unknown service",
    items: [{ name: "a", service: "typo" }],
    letters: ["a: rejected SERVICE_UNKNOWN"],
    arrived: [],
  },
  {
    name: "a failed template",
    items: [{ name: "a", kind: "failed-match" }, { name: "b" }],
    letters: ["a: rejected TEMPLATE_FAILED"],
    arrived: ["b"],
  },
  {
    name: "a record that cannot be read",
    items: [{ name: "a" }, { name: "b", kind: "unreadable" }, { name: "c" }],
    letters: ["event-b: rejected RECORD_UNREADABLE"],
    arrived: ["a", "c"],
  },
  {
    name: "an event that the rules break on",
    items: [{ name: "a" }, { name: "b", kind: "throws" }, { name: "c" }],
    letters: ["b: rejected MATCH_FAILED"],
    arrived: ["a", "c"],
  },
  {
    name: "time up in a lane, nothing later begun: what was not begun comes again",
    items: [
      { name: "a", key: "k" },
      { name: "b", key: "k" },
      { name: "c", key: "k" },
    ],
    timeUpAt: "a",
    answered: 1,
    arrived: ["a"],
  },
  {
    name: "time up in a lane, a later record was begun: repeating that is worse than a dead letter",
    items: [{ name: "a", key: "k" }, { name: "b", key: "k" }, { name: "c" }],
    timeUpAt: "a",
    letters: ["b: out-of-time OUT_OF_TIME"],
    arrived: ["a", "c"],
  },
  {
    name: "time up after a failed attempt: a dead letter, and what was never begun comes again",
    items: [
      { name: "a", key: "k" },
      { name: "b", key: "k" },
    ],
    replies: { a: [503] },
    timeUpAt: "a",
    letters: ["a: out-of-time SINK_503"],
    answered: 1,
    arrived: ["a"],
  },
  {
    name: "a wait beyond the end is not waited for",
    items: [
      { name: "a", key: "k" },
      { name: "b", key: "k" },
    ],
    replies: { a: [429] },
    timeUpAt: "a",
    letters: ["a: out-of-time SINK_429"],
    answered: 1,
    arrived: ["a"],
  },
  {
    name: "failed templates of records that come again are left to come again",
    items: [
      { name: "a", key: "k" },
      { name: "b", key: "k" },
      { name: "c", kind: "failed-match" },
    ],
    timeUpAt: "a",
    answered: 1,
    arrived: ["a"],
  },
  {
    name: "a record without sequence number cannot be answered: the one before it is",
    items: [
      { name: "a", key: "k" },
      { name: "b", key: "k", kind: "nameless" },
    ],
    timeUpAt: "a",
    answered: 0,
    arrived: ["a"],
  },
];

describe("a batch", () => {
  test.for(cases)("$name", async ({ items, replies = {}, timeUpAt, answered, letters = [], arrived }) => {
    const it = await bench();
    open = it;
    const { far } = it;
    for (const [name, script] of Object.entries(replies)) far.script(name, ...script);
    far.retryAfterMs = 5;
    far.onArrival = ({ name }) => {
      if (name === timeUpAt) it.left = 0;
    };
    expect(await it.invoke(items)).toBe(answered);
    expect(far.names().sort()).toEqual(arrived);
    expect(it.written().sort()).toEqual(letters);
  });
});
