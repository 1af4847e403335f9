import type { JsonSchema } from "@backstitch/core/connector";
import { expect, test } from "vitest";
import type { Catalogue, CatalogueAction, ServiceLimit } from "../src/index.ts";
import { catalogue } from "./catalogue.ts";
import { analysed, sentenceOf } from "./corpus.ts";

const text: JsonSchema = { type: "string" };
const texts: JsonSchema = { anyOf: [text, { type: "array", items: text }] };

/** A mail costs its recipients, and a unit for each letter of its text. */
const mail: CatalogueAction = {
  args: { type: "object", properties: { to: texts, cc: texts, text } },
  repeat: "repeats",
  cost: {
    recipients: ({ to, cc }: { to?: string | string[]; cc?: string | string[] }) => [to ?? [], cc ?? []].flat().length,
    letters: (args: { text: string }) => args.text.length,
  },
};
const known: Catalogue = { ...catalogue, services: new Map([["mail", new Map([["send", mail]])]]) };

function said(args: unknown, limits: readonly ServiceLimit[], files: Readonly<Record<string, unknown>> = {}): readonly string[] {
  const then = [{ service: "mail", action: "send", with: args }];
  const rule = { on: { source: "shop", collection: "orders" }, then };
  return analysed({ ...files, "rules/case.json": rule }, { limits: { mail: limits } }, known)
    .filter(({ code }) => code === "COST_OVER_LIMIT")
    .map(sentenceOf);
}

const limit = (unit: string, count: number, periodMs = 1_000): ServiceLimit => ({ unit, count, periodMs });

/** The least that it is said to cost, found by limits that are one lower. */
function leastOf(unit: string, args: unknown, files: Readonly<Record<string, unknown>> = {}): number {
  let count = 0;
  while (said(args, [limit(unit, count + 1)], files).length > 0) count += 1;
  return count === 0 ? 0 : count + 1;
}

const people = { "values/people.json": { all: ["a", "b", "c"], one: "a" } };

test.each<readonly [string, unknown, number]>([
  ["all that is written", { to: ["a", "b"], cc: ["c"] }, 3],
  ["one in a list that an event tells, which is one", { to: ["{{ after.to }}", "b", { $path: "after.cc" }] }, 3],
  ["a list that an event tells, which may be of none", { to: ["a", "b"], cc: { $path: "after.cc" } }, 2],
  ["a list among the constants", { to: { $path: "values.people.all" }, cc: ["d"] }, 4],
  ["an element of it", { to: [{ $path: "values.people.all[1]" }, "b"] }, 2],
  ["a constant that is not there", { to: ["a", "b"], cc: { $path: "values.people.others" } }, 2],
  ["what is taken as it is", { to: { $literal: ["{{ a }}", "b"] } }, 2],
  ["arguments that are taken as they are", { $literal: { to: ["a", "b"] } }, 2],
  ["arguments that an event tells", { $path: "after.args" }, 0],
])("recipients of %s", (_, args, least) => expect(leastOf("recipients", args, people)).toBe(least));

test.each<readonly [string, unknown, number]>([
  ["a text", "12345", 5],
  ["a text with braces that close nothing", "12 }} 45", 8],
  ["what stands around what is printed", "123{{ after.a }}45", 5],
  ["what is printed takes the space away before it", "12 {{- after.a }} 45", 5],
  ["what is printed takes the space away behind it", "12 {{ after.a -}} 45", 5],
  ["what is printed alone", "{{ after.a }}", 0],
  ["a text with tags, of which any part may be left out", "{% if after.a %}12345{% endif %}67", 0],
  ["a text in what is printed", '123{{ "}}4567{{" }}', 3],
  ["a text that may end in another place", '123{{ "\\\\"}}4567{{"\\\\" }}', 0],
  ["what filters are told", "123{{ after.a | default: '-}}' }}4", 4],
  ["a text that an event tells", { $path: "after.a" }, 0],
  ["a file", { $template: "long.liquid" }, 4],
  ["a number, of which there is nothing to count", 7, 0],
])("letters of %s", (_, body, least) => {
  const files = { "templates/long.liquid": "1234{{ after.a }}\n" };
  expect(leastOf("letters", { text: body }, files)).toBe(least);
});

test("an action that cannot count without what is not there says nothing", () => expect(leastOf("letters", { to: "a" })).toBe(0));

test("a unit that the action does not count is not said to cost anything", () => {
  expect(said({ to: ["a", "b"] }, [limit("requests", 1), limit("pages", 1)])).toEqual([]);
});

test("of several limits of a unit the one that is over the longest is said, each unit once", () => {
  const limits = [limit("recipients", 3), limit("recipients", 2), limit("recipients", 1, 500), limit("letters", 1, 86_400_000)];
  expect(said({ to: ["a", "b", "c"], text: "12" }, limits)).toEqual([
    'A delivery costs at least 3 "recipients", and "mail" lets 2 through in 1s: it waits until none of them is used, is sent all the same, and up to 2s pass before the next is. Raise the limit in services/mail.json to 3 or more, if the far side takes that; else let the entry ask for less.',
    'A delivery costs at least 2 "letters", and "mail" lets 1 through in 1d: it waits until none of them is used, is sent all the same, and up to 2d pass before the next is. Raise the limit in services/mail.json to 2 or more, if the far side takes that; else let the entry ask for less.',
  ]);
});
