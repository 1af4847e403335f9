import { compileRules } from "@backstitch/rules";
import { validate } from "@backstitch/project";
import type { ChangeEvent } from "@backstitch/core/source";
import { expect, test } from "vitest";
import { textOf } from "./support/markdown.ts";

/** What each word is of the event below, in either dialect. */
const EXPRESSIONS: Readonly<Record<string, object>> = { true: { "after.q": 1 }, undecided: { "before.q": 1 }, false: { "after.q": 2 } };
const CONDITIONS: Readonly<Record<string, object>> = {
  true: { fact: "after", path: "$.q", operator: "equal", value: 1 },
  undecided: { fact: "before", path: "$.q", operator: "equal", value: 1 },
  false: { fact: "after", path: "$.q", operator: "equal", value: 2 },
};

const LOGIC: Readonly<Record<string, (...parts: readonly string[]) => object>> = {
  $and: (...parts) => ({ $and: parts.map((part) => EXPRESSIONS[part]) }),
  $or: (...parts) => ({ $or: parts.map((part) => EXPRESSIONS[part]) }),
  $nor: (...parts) => ({ $nor: parts.map((part) => EXPRESSIONS[part]) }),
  $not: (part = "") => ({ $not: EXPRESSIONS[part] }),
  all: (...parts) => ({ all: parts.map((part) => CONDITIONS[part]) }),
  any: (...parts) => ({ any: parts.map((part) => CONDITIONS[part]) }),
  not: (part = "") => ({ not: CONDITIONS[part] }),
};

interface Cell {
  readonly operator: string;
  readonly parts: readonly string[];
  readonly comesTo: string;
}

/** Every cell of every truth table of the page, once for each operator that heads it. */
function cellsOf(page: string): readonly Cell[] {
  const tables = textOf(page).matchAll(/^(\|[^\n]*\| true +\| undecided +\| false +\|)\n\|[-| ]+\|\n((?:\|.*\n)+)/gm);
  return [...tables].flatMap(([, head = "", body = ""]) => {
    const [operators = "", ...columns] = wordsOf(head);
    const rows = body.trim().split("\n").map(wordsOf);
    const cells = rows.flatMap(([row = "", ...results]) =>
      results.map((comesTo, at) => ({ parts: [row, columns[at] ?? ""].filter((part) => part !== ""), comesTo })),
    );
    return operators.split(", ").flatMap((operator) => cells.map((cell) => ({ operator, ...cell })));
  });
}

function wordsOf(line: string): string[] {
  const cells = line.split("|").slice(1, -1);
  return cells.map((cell) => cell.replaceAll(/[`*]/g, "").trim());
}

/** What a rule with this condition comes to for a row whose `before` was not sent. */
async function decide(when: object): Promise<string> {
  const send = { args: {}, repeat: "repeats" } as const;
  const catalogue = { sources: ["shop"], services: new Map([["sms", new Map([["send", send]])]]), validate };
  const rule = { on: { source: "shop", collection: "t" }, when, then: [{ service: "sms", action: "send" }] };
  const files = { rules: [{ path: "rules/r.json", text: JSON.stringify(rule) }], conditions: [], templates: [], values: [] };
  const { ruleSet, problems } = compileRules(files, catalogue);
  if (ruleSet === undefined) throw new Error(JSON.stringify(problems));
  const { deliveries, undecided } = await ruleSet.match([EVENT]);
  return undecided.length > 0 ? "undecided" : String(deliveries.length > 0);
}

const EVENT: ChangeEvent = {
  id: "1",
  source: "shop",
  origin: "log",
  operation: "update",
  database: "shop",
  collection: "t",
  key: { id: 1 },
  previousKey: undefined,
  after: { q: 1 },
  before: undefined,
  unsent: [],
  changed: undefined,
  committedAt: "2026-05-06T07:08:09.000000Z",
};

const cells = cellsOf("docs/rules.md");

test("every operator of logic has a truth table, with every pair of truths", () => {
  const count = (operator: string): [string, number] => [operator, cells.filter((cell) => cell.operator === operator).length];
  expect(Object.keys(LOGIC).map(count)).toEqual(
    ["$and", "$or", "$nor", "$not", "all", "any", "not"].map((name) => [name, /no/.test(name) ? 3 : 9]),
  );
});

test.each(
  cells.map(({ operator, parts, comesTo }) => [`${operator} of ${parts.join(" and ")}`, comesTo, LOGIC[operator]?.(...parts)] as const),
)("%s is %s", async (_, comesTo, when) => {
  expect(await decide(when ?? {})).toBe(comesTo);
});
