import type { Value } from "@backstitch/core/values";
import fc from "fast-check";
import { test } from "vitest";
import { guardWorlds } from "../src/analysis/guards.ts";
import { ANY_WORLD } from "../src/analysis/study.ts";
import { callFacts, eventFacts } from "../src/facts/facts.ts";
import { GUARD_ROOTS } from "../src/path/resolve-path.ts";
import { COUNT, expression, library, lowered, newClaims, operators, several, value } from "./arbitrary-conditions.ts";
import { eventOf } from "./cases.ts";

const EVENTS = 40;

const row = fc.dictionary(fc.constantFrom("a", "b"), value, { noNullPrototype: true });
const event = fc
  .record({
    operation: fc.constantFrom("insert", "update", "replace", "delete"),
    after: row,
    before: fc.option(row, { nil: undefined }),
    unsent: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.subarray(["a", "b"]) }),
    changed: fc.option(fc.subarray(["a", "b"]), { nil: undefined }),
  })
  .map((given) => ({
    ...given,
    after: given.operation === "delete" ? null : given.after,
    before: given.operation === "insert" ? null : given.before,
    changed: given.operation === "insert" ? Object.keys(given.after) : given.operation === "delete" ? [] : given.changed,
  }));

test.each([
  ["expressions", expression],
  ["conditions of json-rules-engine", library],
])(
  "what is called never true never is, and what is called always true is never false: %s",
  (_, conditions) => {
    const claims = newClaims();
    fc.assert(
      fc.property(conditions, fc.array(event, { minLength: EVENTS, maxLength: EVENTS }), (when, events) => {
        const condition = lowered(when);
        for (const world of ANY_WORLD.seen) {
          const those = events.filter(({ operation }) => operation === world.operation);
          claims.hold(
            condition,
            [world],
            those.map((one) => eventFacts(eventOf(one as never), {})),
          );
        }
      }),
      { numRuns: COUNT },
    );
    claims.wereMade();
  },
  600_000,
);

const SEND = {
  type: "object",
  required: ["t"],
  properties: {
    t: { type: "string" },
    n: { type: "integer" },
    l: { type: "array" },
    r: { type: "object" },
    v: { anyOf: [{ type: "string" }, { type: "number" }] },
  },
} as const;
const call = fc.oneof(
  fc.record({
    action: fc.constant("put"),
    args: fc.dictionary(fc.constantFrom("t", "n", "l", "r", "v", "x"), value, { noNullPrototype: true }),
  }),
  fc.record({
    action: fc.constant("send"),
    args: fc.record(
      {
        t: fc.constantFrom("x", "1", "2", ""),
        n: fc.constantFrom<Value>(0, 1, 2, 3),
        l: fc.constantFrom<Value>([], [1], [1, 3], ["x", null], [{ s: 1 }]),
        r: fc.constantFrom<Value>({}, { s: 1 }),
        v: fc.constantFrom<Value>("x", "1", 1, 2.5),
        x: value,
      },
      { requiredKeys: ["t"], noNullPrototype: true },
    ),
  }),
);
const argument = fc.constantFrom(
  "args.t",
  "args.t",
  "args.n",
  "args.l",
  "args.r",
  "args.v",
  "args.x",
  "args.t.s",
  "args.l.s",
  "args.l.0",
  "args",
  "action",
);
const inGuard = ([at, tests]: [string, object]): object =>
  JSON.parse(
    JSON.stringify({ [at]: tests })
      .replaceAll("after.b", "args.v")
      .replaceAll('"insert"', '"send"'),
  ) as object;
const guardCondition = fc.letrec<{ node: object }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.tuple(argument, several(operators)).map(inGuard),
    fc.array(tie("node"), { minLength: 1, maxLength: 3 }).map((items) => ({ $and: items })),
    fc.array(tie("node"), { minLength: 1, maxLength: 3 }).map((items) => ({ $or: items })),
    tie("node").map((item) => ({ $not: item })),
  ),
})).node;
const libraryGuard = library.map(
  (when) =>
    JSON.parse(
      JSON.stringify(when)
        .replaceAll(/"(after|before)"/g, '"args"')
        .replaceAll('"operation"', '"action"')
        .replaceAll("$.a.s", "$.t")
        .replaceAll("$.a[0]", "$.l[0]")
        .replaceAll("$.a", "$.n")
        .replaceAll("$.b", "$.l"),
    ) as object,
);

test.each([
  ["expressions", guardCondition],
  ["conditions of json-rules-engine", libraryGuard],
])(
  "what a guard is said never to permit it never permits, and what it is said always to permit it does: %s",
  (_, conditions) => {
    const claims = newClaims();
    fc.assert(
      fc.property(conditions, fc.array(call, { minLength: EVENTS, maxLength: EVENTS }), (when, calls) => {
        const condition = lowered(when, GUARD_ROOTS);
        const guard = { located: undefined as never, at: [], name: "g", callers: ["rules", "users"] as const, condition };
        for (const [action, schema] of [["send", SEND] as const, ["put", undefined] as const]) {
          const { seen } = guardWorlds({ ...guard, actions: new Map([[action, schema]]) });
          const those = calls.filter((one) => one.action === action);
          claims.hold(
            condition,
            seen,
            those.map(({ args }, index) => callFacts(action, args, {}, index % 2 === 0 ? undefined : { id: "ada", n: 1 })),
          );
        }
      }),
      { numRuns: COUNT },
    );
    claims.wereMade();
  },
  600_000,
);
