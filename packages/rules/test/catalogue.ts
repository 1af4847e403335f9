import type { JsonSchema, Repeat } from "@backstitch/core/connector";
import type { Catalogue, CatalogueAction, CustomFact, RuleFiles } from "../src/index.ts";
import { ajvValidate } from "./validate.ts";

const text: JsonSchema = { type: "string" };

function action(args: JsonSchema, repeat: Repeat = "repeats"): CatalogueAction {
  return { args, repeat };
}

/** `sms.send` takes anything as a body, so that a case can show what an argument becomes. */
const sms = {
  ...action({
    type: "object",
    additionalProperties: false,
    required: ["to", "body"],
    properties: { to: { ...text, recipient: true }, body: {} },
  }),
  cost: { segments: ({ body }: { readonly body: string }) => Math.ceil(body.length / 10) },
};

const mail = action({
  type: "object",
  additionalProperties: false,
  required: ["to", "subject", "html"],
  properties: {
    to: { ...text, recipient: true },
    subject: { ...text, lands: "header", maxLength: 100 },
    html: { ...text, lands: "html" },
    priority: { ...text, enum: ["low", "high"] },
  },
});

const request = action({
  type: "object",
  additionalProperties: false,
  required: ["path"],
  properties: {
    path: { ...text, lands: "path-segment" },
    headers: { type: "object", additionalProperties: { ...text, lands: "header" } },
    query: { type: "array", items: { ...text, lands: "url" } },
    body: {},
  },
});

const put = action(
  { type: "object", required: ["key", "body"], properties: { key: text, body: { maxLength: 16 * 1_048_576 } } },
  "by-nature",
);

const range: JsonSchema = {
  type: "object",
  additionalProperties: false,
  properties: { from: { type: "integer" }, to: { type: "integer" } },
};

const get = action(
  {
    type: "object",
    additionalProperties: false,
    required: ["key"],
    properties: { key: text, version: { type: "integer" }, ranges: { type: "array", items: range } },
  },
  "by-nature",
);

const link: JsonSchema = {
  type: "object",
  additionalProperties: false,
  required: ["key"],
  properties: { key: { ...text, lands: "path-segment" }, expiresIn: { ...text, enum: ["1h", "7d"] } },
};

/** What the files of a case may refer to. */
export const catalogue: Catalogue = {
  sources: ["shop", "other"],
  services: new Map([
    ["sms", new Map([["send", sms]])],
    ["mail", new Map([["send", mail]])],
    ["web", new Map([["request", request]])],
    [
      "archive",
      new Map([
        ["put", put],
        ["get", get],
      ]),
    ],
  ]),
  links: new Map([["archive", { args: link }]]),
  validate: ajvValidate(),
};

/** The same with a fact and an operator of a developer's own. */
export const extendedCatalogue: Catalogue = {
  ...catalogue,
  extensions: {
    facts: new Map<string, CustomFact>([["fieldCount", async (_, read) => Object.keys((await read("after")) as object).length]]),
    operators: new Map([["startsWith", (fact, value) => String(fact).startsWith(String(value))]]),
  },
};

const json = (value: unknown): string => JSON.stringify(value, null, 2);

/** The files around every case's rule. */
export const surroundings: Omit<RuleFiles, "rules"> = {
  conditions: [
    { path: "conditions/vip.json", text: json({ "after.tier": "gold" }) },
    { path: "conditions/big-vip.json", text: json({ $condition: "vip", "after.total": { $gte: 100 } }) },
    { path: "conditions/gold.json", text: json({ all: [{ fact: "after", path: "$.tier", operator: "equal", value: "gold" }] }) },
  ],
  templates: [
    {
      path: "templates/receipt.liquid",
      text: "Dear {{ after.name }},\n{% for item in after.items %}{% render 'line.liquid', item: item %}{% endfor %}",
    },
    { path: "templates/line.liquid", text: "- {{ item.sku }}\n" },
    { path: "templates/who.liquid", text: "{{ after.name }}\n" },
  ],
  values: [
    { path: "values/buyers.json", text: json({ vip: ["ada", "bob"] }) },
    { path: "values/limit.json", text: "10" },
  ],
};
