import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { getLanguageService, type JSONSchema, TextDocument } from "vscode-json-languageservice";

/** The language server of VS Code for JSON, with the published schema: what an editor shows of a rule file. */
const SCHEMA = "schema/rule.json";
const schema = JSON.parse(readFileSync(join(import.meta.dirname, "..", SCHEMA), "utf8")) as JSONSchema;
const service = getLanguageService({});
service.configure({ allowComments: true, schemas: [{ uri: SCHEMA, fileMatch: ["*"], schema }] });

/** `|` is the cursor. */
function open(text: string): { document: TextDocument; cursor: number } {
  const cursor = text.indexOf("|");
  return { document: TextDocument.create("file:///rules/r.json", "jsonc", 1, text.replace("|", "")), cursor };
}

/** What is underlined. */
async function underlined(text: string): Promise<string[]> {
  const { document } = open(text);
  const found = await service.doValidation(document, service.parseJSONDocument(document));
  return found.map(({ range }) => document.getText(range));
}

async function offered(text: string): Promise<string[]> {
  const { document, cursor } = open(text);
  const list = await service.doComplete(document, document.positionAt(cursor), service.parseJSONDocument(document));
  return (list?.items ?? []).map(({ label }) => label);
}

async function shown(text: string): Promise<string> {
  const { document, cursor } = open(text);
  const hover = await service.doHover(document, document.positionAt(cursor), service.parseJSONDocument(document));
  return JSON.stringify(hover?.contents ?? "");
}

const REST = '"on": { "source": "shop", "collection": "orders" }, "then": [{ "service": "sms", "action": "send" }]';
const rule = (when: string): string => `{ ${REST}, "when": ${when} }`;
const entry = (more: string): string =>
  `{ "on": { "source": "shop", "collection": "orders" }, "then": [{ "service": "sms", "action": "send", ${more} }] }`;

describe("a JSON language server with the published schema", () => {
  test.each([
    ["an expression", rule('{ "after.n": { "$gt": 5, "$changed": true }, "$or": [{ "after.s": "x" }, { "$condition": "vip" }] }')],
    ["logic under a path", rule('{ "after.n": { "$and": [{ "$gt": 0 }, { "$lte": 9 }] } }')],
    ["a condition of json-rules-engine", rule('{ "all": [{ "fact": "after", "path": "$.n", "operator": "everyFact:in", "value": [1] }] }')],
    ["a condition of an entry", entry('"when": { "after.n": 5 }')],
    ["what is read of an element", entry('"each": "after.items", "when": { "$or": [{ "item.n": 5 }, { "index": 0 }, { "after.n": 5 }] }')],
    [
      "what json-rules-engine reads of an element",
      entry('"when": { "all": [{ "fact": "item", "operator": "equal", "value": 1 }] }, "each": "changed"'),
    ],
    ["comments", `// why\n${rule("true")}`],
  ])("underlines nothing in %s", async (_, text) => expect(await underlined(text)).toEqual([]));

  test.each([
    ["a misspelt key", `{ ${REST}, "wen": true }`, '"wen"'],
    ["a missing key", '{ "on": { "source": "shop", "collection": "orders" } }', "{"],
    ["a misspelt operator", rule('{ "after.n": { "$gtee": 5 } }'), '"$gtee"'],
    ["a root that is none", rule('{ "afer.n": 5 }'), '"afer.n"'],
    [
      "an operation that is none",
      `{ "on": { "source": "s", "collection": "c", "operations": ["upsert"] }, "then": [{ "service": "s", "action": "a" }] }`,
      '"upsert"',
    ],
    [
      "an operator of json-rules-engine that is none",
      rule('{ "all": [{ "fact": "after", "operator": "equals", "value": 1 }] }'),
      '"equals"',
    ],
    ["an element in the condition of the rule", rule('{ "$or": [{ "item.n": 5 }] }'), '"item.n"'],
    ["its place there", rule('{ "index": { "$gt": 0 } }'), '"index"'],
    ["a fact that is an element there", rule('{ "any": [{ "fact": "item", "operator": "equal", "value": 1 }] }'), '"item"'],
    ["an element in an entry without a list", entry('"when": { "item.n": 5 }'), '"item.n"'],
    ["a fact that is one there", entry('"when": { "all": [{ "fact": "index", "operator": "equal", "value": 1 }] }'), '"index"'],
    ["a misspelt operator in an entry", entry('"each": "after.items", "when": { "item.n": { "$gtee": 5 } }'), '"$gtee"'],
    ["a fact that is none", rule('{ "any": [{ "fact": "afer", "operator": "equal", "value": 1 }] }'), '"afer"'],
  ])("underlines %s", async (_, text, what) => {
    expect((await underlined(text))[0]?.startsWith(what)).toBe(true);
  });

  test.each([
    ["keys of a rule", '{ "on": { "source": "shop", "collection": "orders" }, | }', ["description", "enabled", "when", "then", "retry"]],
    ["operations", '{ "on": { "operations": [|] } }', ['"insert"', '"update"', '"replace"', '"delete"']],
    ["operators under a path", rule('{ "after.n": { | } }'), ["$gt", "$in", "$elemMatch", "$changedTo", "$increasedBy"]],
    ["keys of a then entry", '{ "then": [{ | }] }', ["service", "action", "with", "ifUncertain"]],
    ["operators of json-rules-engine", rule('{ "all": [{ "fact": "after", "operator": | }] }'), ['"equal"', '"greaterThanInclusive"']],
    ["logic at the top", rule("{ | }"), ["$and", "$or", "$not", "$condition"]],
    ["logic at the top of an entry's", entry('"when": { | }'), ["$and", "$or", "$not", "$condition"]],
    ["an element's operators", entry('"each": "after.items", "when": { "item.n": { | } }'), ["$gt", "$in"]],
    ["an element as a fact", entry('"each": "after.items", "when": { "all": [{ "fact": | }] }'), ['"item"', '"index"', '"after"']],
  ])("offers %s", async (_, text, expected) => expect(await offered(text)).toEqual(expect.arrayContaining(expected)));

  test.each([
    ["the rule", rule('{ "all": [{ "fact": | }] }')],
    ["an entry without a list", entry('"when": { "all": [{ "fact": | }] }')],
  ])("offers no element to the condition of %s", async (_, text) => {
    const facts = await offered(text);
    expect(facts).toContain('"after"');
    expect(facts.filter((fact) => fact === '"item"' || fact === '"index"')).toEqual([]);
  });

  test("says what the conditions of a rule and of an entry are", async () => {
    expect(await shown(`{ ${REST}, "wh|en": true }`)).toContain("an expression such as");
    expect(await shown(entry('"wh|en": true'))).toContain("The entry's own condition");
  });

  test("says what an operator is for", async () => {
    expect(await shown(rule('{ "after.n": { "$changed|To": 5 } }'))).toContain("The field changed, and is equal to the operand now");
  });
});
