import { formatProblem } from "@backstitch/core/rules";
import { Decimal } from "@backstitch/core/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { didYouMean, readJson, schemaProblems, type Located } from "../src/json/index.ts";
import { runs } from "./runs.ts";

function read(text: string): Located {
  const { located, problems } = readJson("x.json", text);
  expect(problems).toEqual([]);
  if (located === undefined) throw new Error("not read");
  return located;
}

describe("values", () => {
  test.each([
    ["comments", '{ // one\n "a": 1 /* two */ }', { a: 1 }],
    ["a byte order mark", '\uFEFF{"a": 1}', { a: 1 }],
    ["a whole number beyond doubles", "[9007199254740993, 9007199254740991]", [9007199254740993n, 9007199254740991]],
    [
      "a decimal beyond doubles",
      "[0.12345678901234567890, 0.1, 1e400]",
      [Decimal.parse("0.12345678901234567890"), 0.1, Decimal.parse("1e400")],
    ],
    ["an exponent", "[1e3, -2.50]", [1000, -2.5]],
    ["escapes", String.raw`["\u00e9\n\""]`, ['é\n"']],
    ["a scalar", "null", null],
  ])("%s", (_, text, value) => expect(read(text).value).toEqual(value));

  test("__proto__ is a name like any other", () => {
    const { value } = read('{ "__proto__": { "polluted": true }, "constructor": 1 }');
    expect(Object.keys(value as object)).toEqual(["__proto__", "constructor"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as { polluted?: true }).polluted).toBeUndefined();
  });

  test("every JSON value is read as JSON.parse reads it", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        const text = JSON.stringify(value);
        const numbers = (text.match(/-?\d{17,}/g) ?? []).length > 0;
        if (!numbers) expect(read(text).value).toEqual(JSON.parse(text));
      }),
    );
  });

  const token = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    '"a"',
    '"b"',
    '"a\\""',
    '"\\\\"',
    ",",
    ",",
    ":",
    ":",
    "1",
    "0",
    "-",
    ".5",
    "1e",
    "9007199254740993",
    "null",
    " ",
    "\n",
    "\ufeff",
    "\u00a0",
    "\ud800",
  );
  const members = fc.array(fc.tuple(fc.constantFrom("a", "b", "__proto__", "1"), fc.jsonValue({ maxDepth: 2 })), { maxLength: 4 });
  const twice = members.map((all) => `{${all.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`).join()}}`);

  test("a comment behind it changes nothing", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(token, { maxLength: 12 }).map((all) => all.join("")),
          twice,
        ),
        (text) => {
          const [plain, commented] = [text, `${text} // .`].map((one) => readJson("x.json", one));
          expect(plain?.located?.value).toEqual(commented?.located?.value);
          expect(plain?.located === undefined).toBe(commented?.located === undefined);
          if (plain?.located !== undefined)
            expect(Object.keys(Object(plain.located.value) as object)).toEqual(Object.keys(Object(commented?.located?.value) as object));
        },
      ),
      { numRuns: runs(2_000) },
    );
  });

  test("no text makes it throw", () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom("{", "}", "[", "]", '"', ",", ":", "1", "e", "-", "\\", "/", "*", "\n", "n", "\u0000", "\ud800"),
          maxLength: 60,
        }),
        (text) => {
          const { located, problems } = readJson("x.json", text);
          expect(located === undefined).toBe(problems.length > 0);
          for (const { place } of problems) expect(place.line * place.column).toBeGreaterThan(0);
        },
      ),
    );
  });
});

describe("places", () => {
  const text = '{\n  "a": [1,\n    { "b": true }],\r\n  "__proto__": 2, "a.b": 3\n}';
  test.each([
    [[], "value", 1, 1],
    [["a"], "key", 2, 3],
    [["a"], "value", 2, 8],
    [["a", 0], "value", 2, 9],
    [["a", 1, "b"], "key", 3, 7],
    [["a", 1, "b"], "value", 3, 12],
    [["__proto__"], "value", 4, 16],
    [["a.b"], "key", 4, 19],
    [["a", 1, "missing"], "value", 3, 5],
    [["nowhere", "at", "all"], "key", 1, 1],
  ] as const)("%j %s", (path, what, line, column) => {
    expect(read(text).placeOf(path, what)).toEqual({ file: "x.json", line, column });
  });

  test("has", () => {
    const located = read(text);
    expect([located.has([]), located.has(["a", 1, "b"]), located.has(["a", 2]), located.has(["toString"])]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

test.each([
  ["gtee", ["$gt", "$gte"], undefined],
  ["$gtee", ["$gt", "$gte"], 'Did you mean "$gte"?'],
  ["smss", ["sms", "mail"], 'Did you mean "sms"?'],
  ["Sms", ["sms"], 'Did you mean "sms"?'],
  ["amil", ["sms", "mail"], 'Did you mean "mail"?'],
  ["archive", ["sms", "mail"], undefined],
  ["", ["sms"], undefined],
])("did you mean: %s of %j", (name, known, expected) => {
  expect(didYouMean(name, known)).toBe(expected);
});

test("faults of a validator get addresses, a code and a guess", () => {
  const located = read('{ "config": {\n "acountSid": 1, "mode": "lve" } }');
  const problems = schemaProblems(
    located,
    [
      { path: [], keyword: "additionalProperties", property: "acountSid", allowed: ["accountSid"], message: "M1" },
      { path: ["acountSid"], keyword: "additionalProperties", property: "acountSid", allowed: ["zzz"], message: "M2" },
      { path: ["mode"], keyword: "enum", allowed: ["live", "test"], message: "M3" },
      { path: [], keyword: "required", property: "token", message: "M4" },
      { path: ["mode"], keyword: "minLength", message: "M5" },
      { path: ["gone"], keyword: "type", message: "M6" },
    ],
    { code: "SERVICE", at: ["config"] },
  );
  expect(problems.map((problem) => formatProblem(problem))).toEqual([
    'x.json:2:2 SERVICE_KEY_UNKNOWN M1\n  Did you mean "accountSid"?',
    'x.json:2:2 SERVICE_KEY_UNKNOWN M2\n  The keys are "zzz".',
    'x.json:2:26 SERVICE_VALUE_UNKNOWN M3\n  Did you mean "live"?',
    "x.json:1:13 SERVICE_KEY_MISSING M4",
    "x.json:2:26 SERVICE_VALUE_INVALID M5",
    "x.json:1:13 SERVICE_TYPE M6",
  ]);
});

describe("a file that may hold a secret", () => {
  test.each([
    "{ a: hunter2 }",
    '{ "a": "hunter2 }',
    '{ "a": "x" "hunter2" }',
    "{ 'a': 'hunter2' }",
    String.raw`{ "a": "hunter2\q" }`,
    '{ "a": "hunter2\n" }',
    '{ "a" "hunter2" }',
    '{ "a": -hunter2 }',
    '{ "a": 1hunter2 }',
    '{} "hunter2"',
  ])("%j is not quoted", (text) => {
    const { problems } = readJson("x.json", text, { quotes: false });
    expect(problems).not.toEqual([]);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });
});
