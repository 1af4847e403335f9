import { describe, expect, test } from "vitest";
import { runRuleTests } from "../../src/rule-test/index.ts";
import { differencesIn, on, run, ruleWith, tested, type Json } from "./support.ts";

const everything = { operation: "{{ operation }}", collection: "{{ collection }}", database: "{{ database }}", at: "{{ committedAt }}" };
const seen = {
  on: { source: "shop", collection: ["orders", "other"], operations: ["insert", "update", "delete"] },
  then: [
    {
      service: "sms",
      action: "send",
      with: {
        to: "t",
        body: {
          ...everything,
          key: { $path: "key" },
          before: { $path: "before" },
          after: { $path: "after" },
          changed: { $path: "changed" },
        },
      },
    },
  ],
};
const shown = {
  operation: "insert",
  collection: "orders",
  database: "shop",
  at: "2026-01-01T00:00:00.000000Z",
  key: { id: 1 },
  before: null,
  after: {},
  changed: [],
};

const to = (body: unknown): object => ({ then: [{ service: "sms", action: "send", with: { to: "t", body } }] });

describe("an event is filled in", () => {
  test.each([
    ["nothing given: the rule's first operation", {}, shown],
    ["a row alone: an insert", { after: { id: 7, q: 2 } }, { ...shown, key: { id: 7 }, after: { id: 7, q: 2 }, changed: ["id", "q"] }],
    ["no row before: an insert", { before: null, after: { q: 2 } }, { ...shown, after: { q: 2 }, changed: ["q"] }],
    [
      "the row before and after: an update",
      { before: { id: 7, q: 1, same: { $numberDecimal: "1.50" }, gone: null }, after: { id: 7, q: 2, same: 1.5, come: null } },
      {
        ...shown,
        operation: "update",
        key: { id: 7 },
        before: { id: 7, q: 1, same: 1.5, gone: null },
        after: { id: 7, q: 2, same: 1.5, come: null },
        changed: ["q", "come", "gone"],
      },
    ],
    [
      "what was: an update of that",
      { was: { q: 1 }, after: { id: 7, q: 2, r: 3 } },
      { ...shown, operation: "update", key: { id: 7 }, before: { id: 7, q: 1, r: 3 }, after: { id: 7, q: 2, r: 3 }, changed: ["q"] },
    ],
    [
      "no row after: a delete",
      { after: null, before: { id: 7 } },
      { ...shown, operation: "delete", key: { id: 7 }, before: { id: 7 }, after: null },
    ],
    [
      "what is given stays",
      { operation: "insert", collection: "other", database: "d", key: null, changed: ["x"], committedAt: "2026-05-06T07:08:09Z" },
      { ...shown, collection: "other", database: "d", key: null, changed: ["x"], at: "2026-05-06T07:08:09Z" },
    ],
  ])("%s", async (_, event, body) => {
    expect(differencesIn(await run(seen, { event, deliveries: [{ args: { to: "t", body } }] }))).toEqual([[]]);
  });

  test("what the rule looks at decides, where an event does not", async () => {
    const updates = { ...ruleWith({ operation: "replace" }), on: { ...on, operations: ["replace"] } };
    expect(
      differencesIn(
        await run(
          updates,
          { event: {}, deliveries: [{ then: "sms.send" }] },
          { event: { was: {} }, deliveriesContain: [{ then: "sms.send" }] },
        ),
      ),
    ).toEqual([[], []]);
    const deletes = {
      on: { ...on, operations: ["delete"] },
      when: { "before.q": 1 },
      then: [{ service: "sms", action: "send", with: { to: "t", body: "b" } }],
    };
    expect(differencesIn(await run(deletes, { event: { before: { q: 1 } }, deliveries: [{ then: "sms.send" }] }))).toEqual([[]]);
    const old = ruleWith({ "after.q": 1 }, { on: { ...on, origins: ["snapshot"] } });
    expect(
      differencesIn(
        await run(
          old,
          { event: { after: { q: 1 } }, deliveries: [{ eventId: "1" }] },
          { event: { origin: "log", after: { q: 1 } }, none: "because" },
        ),
      ),
    ).toEqual([[], []]);
  });

  test("of a delete there is no row after, and of one whose row before is given it is that", async () => {
    const gone = ruleWith({ after: null, "before.q": 1 }, { on: { ...on, operations: ["insert", "delete"] }, ...to("b") });
    const report = await run(
      gone,
      { event: { operation: "delete", before: { q: 1 } }, deliveries: [{ then: "sms.send" }] },
      { event: { before: { q: 1 } }, deliveries: [{ then: "sms.send" }] },
      { event: { operation: "delete" }, undecided: ["before.q"] },
    );
    expect(differencesIn(report)).toEqual([[], [], []]);
  });

  test("how long there is for a delivery is told as it may be written, whenever its event was", async () => {
    const rule = ruleWith(undefined, { expires: "15m" });
    const event = { committedAt: "2026-03-29T01:59:59.5Z" };
    const expecting = (expires: string): Json => ({ event, deliveries: [{ expires }] });
    expect(differencesIn(await run(rule, expecting("15m"), expecting("900s"), expecting("1h")))).toEqual([
      [],
      [],
      ['deliveries.0.expires: "1h" → "15m"'],
    ]);
    expect(differencesIn(await run(ruleWith(undefined), expecting("15m")))).toEqual([['deliveries.0.expires: "15m" → undefined']]);
  });

  test("without before an update is undecided, not false", async () => {
    const rule = ruleWith({ "after.q": { $changed: true } });
    const event = { operation: "update", after: { q: 1 } };
    const report = await run(rule, { event, none: "because" }, { event, undecided: ["before.q"] });
    expect(differencesIn(report)).toEqual([['undecided: [] → ["before.q"]'], []]);
  });

  test("a field that was not sent is no argument", async () => {
    const rule = { on, then: [{ service: "sms", action: "send", with: { to: "t", body: { $path: "after.q" } } }] };
    const event = { was: {}, after: {}, unsent: ["q"] };
    expect(differencesIn(await run(rule, { event, failures: [{ code: "ARGUMENT_UNSENT", then: "sms.send" }] }))).toEqual([[]]);
  });
});

describe("what is expected", () => {
  const two = {
    on,
    when: { "after.q": { $gt: 1 } },
    then: [
      {
        name: "text",
        service: "sms",
        action: "send",
        with: { to: { $path: "after.to" }, body: { q: { $path: "after.q" }, l: [{ a: 1, b: 2 }] } },
      },
      { name: "keep", service: "archive", action: "put", with: { key: "k", body: 1 } },
    ],
  };
  const event = { after: { q: 2, to: "ada" } };
  const text = { then: "text", args: { to: "ada", body: { q: 2, l: [{ a: 1, b: 2 }] } } };
  const CASES: readonly (readonly [name: string, expected: object, differences: readonly string[]])[] = [
    ["all, in any order", { deliveries: [{ then: "keep" }, text] }, []],
    ["all, by service and action", { deliveries: [{ service: "archive", action: "put" }, { service: "sms" }] }, []],
    ["as many as fit, whichever could take which", { deliveries: [{ eventId: "1" }, { then: "text" }] }, []],
    [
      "one too few",
      { deliveries: [text] },
      ['deliveries: undefined → {"then":"keep","service":"archive","action":"put","eventId":"1","args":{"key":"k","body":1}}'],
    ],
    ["one too many", { deliveries: [text, { then: "keep" }, { then: "keep" }] }, ['deliveries.2: {"then":"keep"} → undefined']],
    [
      "none where there are some",
      { none: "because" },
      [expect.stringMatching(/^deliveries: undefined → .*"text"/), expect.stringMatching(/^deliveries: undefined → .*"keep"/)],
    ],
    [
      "other arguments",
      { deliveries: [{ then: "text", args: { to: "bob", body: { q: 3, l: [{ a: 1, b: 2 }] } } }, { then: "keep" }] },
      ['deliveries.0.args.to: "bob" → "ada"', "deliveries.0.args.body.q: 3 → 2"],
    ],
    [
      "fewer arguments",
      { deliveries: [{ then: "text", args: { to: "ada" } }, { then: "keep" }] },
      ['deliveries.0.args.body: undefined → {"q":2,"l":[{"a":1,"b":2}]}'],
    ],
    ["contained: one of them, and parts of its objects", { deliveriesContain: [{ then: "text", args: { body: { l: [{ b: 2 }] } } }] }, []],
    [
      "contained: a list of another length",
      { deliveriesContain: [{ then: "text", args: { body: { l: [] } } }] },
      ['deliveriesContain.0.args.body.l: [] → [{"a":1,"b":2}]'],
    ],
    [
      "contained: null is not missing",
      { deliveriesContain: [{ then: "text", args: { cc: null } }] },
      ["deliveriesContain.0.args.cc: null → undefined"],
    ],
    ["undecided where it is decided", { undecided: ["before.q"], deliveriesContain: [text] }, ['undecided: ["before.q"] → []']],
    [
      "a failure that there is none of",
      { failures: [{ code: "TEMPLATE_FAILED" }], deliveriesContain: [text] },
      ['failures.0: {"code":"TEMPLATE_FAILED"} → undefined'],
    ],
  ];
  test.each(CASES)("%s", async (_, expected, differences) => {
    expect(differencesIn(await run(two, { event, ...expected }))).toEqual([differences]);
  });

  test("what fails: its code and entry, and nothing else may", async () => {
    const missing = { event: { after: { q: 2 } } };
    const report = await run(
      two,
      { ...missing, deliveries: [{ then: "keep" }], failures: [{ code: "ARGUMENT_MISSING", then: "text" }] },
      { ...missing, deliveries: [{ then: "keep" }], failures: [{ code: "TEMPLATE_FAILED", then: "text" }] },
      { ...missing, deliveriesContain: [{ then: "keep" }] },
    );
    expect(differencesIn(report)).toEqual([
      [],
      ['failures.0.code: "TEMPLATE_FAILED" → "ARGUMENT_MISSING"'],
      [expect.stringMatching(/^failures: undefined → {"code":"ARGUMENT_MISSING","then":"text","eventId":"1","reason":".*after\.to/)],
    ]);
  });

  test("several events: each delivery belongs to one", async () => {
    const events = [event, { after: { q: 1 } }, { id: "late", after: { q: 9, to: "bob" } }];
    const report = await run(
      two,
      {
        events,
        deliveriesContain: [
          { then: "text", eventId: "late", args: { to: "bob" } },
          { then: "text", eventId: "1" },
        ],
      },
      { events, deliveriesContain: [{ eventId: "2" }] },
    );
    expect(differencesIn(report)).toEqual([[], ['deliveriesContain.0: {"eventId":"2"} → undefined']]);
  });

  test("a $date in an event is the text that a source makes of it", async () => {
    const rule = ruleWith({ "after.n": { $date: { $numberLong: "1778051289123" } } });
    const body = (n: unknown): object => ({ deliveries: [{ args: { to: "t", body: { n } } }] });
    const report = await run(
      rule,
      { event: { after: { n: { $date: "2026-05-06T09:08:09.123+02:00" } } }, ...body("2026-05-06T07:08:09.123000Z") },
      { event: { after: { n: { $date: 1778051289123 } } }, ...body({ $date: "2026-05-06T07:08:09.1230Z" }) },
    );
    expect(report.results.map(({ differences }) => differences)).toEqual([[], []]);
  });

  test("numbers are compared by value, with every digit", async () => {
    const rule = ruleWith({ "after.n": { $gt: 0 } });
    const body = (n: unknown): object => ({ deliveries: [{ args: { to: "t", body: { n } } }] });
    const report = await run(
      rule,
      { event: { after: { n: { $numberDecimal: "12.50" } } }, ...body(12.5) },
      { event: { after: { n: { $numberLong: "9007199254740993" } } }, ...body({ $numberLong: "9007199254740993" }) },
      { event: { after: { n: { $numberLong: "9007199254740993" } } }, ...body({ $numberLong: "9007199254740992" }) },
      {
        event: { after: { n: 5, o: { $literal: { $oid: 1 } } } },
        deliveries: [{ args: { to: "t", body: { n: 5, o: { $literal: { $oid: 1 } } } } }],
      },
    );
    expect(report.results.map(({ differences }) => differences.length)).toEqual([0, 0, 1, 0]);
  });
});

test("a rule that is switched off is tested all the same; other rules that match do not matter", async () => {
  const rules = { off: ruleWith({ "after.q": 1 }, { enabled: false }), other: ruleWith(true) };
  const content = { tests: [{ name: "a", event: { after: { q: 1 } }, deliveries: [{ then: "sms.send" }] }] };
  const report = await runRuleTests(tested({ rules, tests: { off: content } }));
  expect(differencesIn(report)).toEqual([[]]);
  expect(report.untested).toEqual(["other"]);
});

test("a failing test says where it stands, and what differs where", async () => {
  const content =
    '{\n  "tests": [\n    { "name": "a", "event": { "after": { "q": 1 } },\n      "deliveries": [{ "args": { "to": "u" } }] }\n  ]\n}';
  const { results } = await runRuleTests(tested({ rules: { r: ruleWith({ "after.q": 1 }) }, tests: { r: content } }));
  expect(results).toMatchObject([
    {
      rule: "r",
      name: "a",
      place: { file: "rules/r.test.json", line: 3, column: 15 },
      differences: [
        { path: ["deliveries", 0, "args", "to"], place: { line: 4, column: 40 }, expected: "u", actual: "t" },
        { path: ["deliveries", 0, "args", "body"], place: { line: 4, column: 32 }, expected: undefined },
      ],
    },
  ]);
});
