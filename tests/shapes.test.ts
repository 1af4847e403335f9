import { describe, expect, test } from "vitest";
import { formatProblem, type NewDelivery } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import { canonicalText } from "@backstitch/core/values";
import { compileRules, type CompiledRuleSet } from "@backstitch/rules";
import { CATALOGUE } from "./fuzz/ours.ts";
import { CARRIERS, decodeSent, fixtureRules, sentBy, type Carrier } from "./support/shapes.ts";

function compile(): CompiledRuleSet {
  const { ruleSet, problems } = compileRules({ rules: fixtureRules(), conditions: [], templates: [], values: [] }, CATALOGUE);
  if (ruleSet === undefined) throw new Error(problems.map(formatProblem).join("\n"));
  return ruleSet;
}

const rules = compile();

/** Deliveries of each step by rule and entry: arguments that are equal by value read alike, whatever type their numbers have. */
type Asked = { readonly [step: string]: { readonly [entry: string]: string } };

async function askedBy(carrier: Carrier): Promise<Asked> {
  const asked: Record<string, { readonly [entry: string]: string }> = {};
  for (const sent of sentBy(carrier)) {
    const { deliveries, failures } = await rules.match(decodeSent(carrier, sent));
    const failed = failures.map(({ rule, then, code }): [string, string] => [`${rule}/${then}`, code]);
    asked[sent.step] = Object.fromEntries([...deliveries.map(entryOf), ...failed]);
  }
  return asked;
}

function entryOf({ rule, then, args }: NewDelivery): [string, string] {
  return [`${rule}/${then}`, canonicalText(args)];
}

const NAME = "Schraube M4 × 20 „verzinkt“ 🔩";

/** What the rules ask for of the row's life, by value: 123456e-2 is 1234.56. */
const EXPECTED: Asked = {
  insert: {
    "arrived/box.put": `{"active":true,"at":"2026-01-31T12:34:56","id":"7","name":"${NAME}","price":123456e-2,"serial":9007199254740993e0,"total":12345678901234567890123456789e-9}`,
    "unnoted/box.put": '{"note":null}',
  },
  sold: { "low-stock/box.put": `{"left":8e0,"text":"${NAME}: 8 left"}` },
  dearer: { "dearer/box.put": '{"from":123456e-2,"serial":"9007199254740993-9007199254740995","to":129905e-2}' },
  moved: { "moved/box.put": '{"address":{"lines":["1-2-3",null],"zip":"1020"},"from":"1010","supplier":"日本ネジ"}' },
  rekeyed: {},
  delete: { "gone/key": '{"id":"7"}', "gone/row": `{"name":"${NAME}","price":129905e-2}` },
};

/** Where the key changes before the row is deleted. */
const rekeyed: Asked = { delete: { ...EXPECTED["delete"], "gone/key": '{"id":"8"}' } };

/** A carrier that sends a changed key as a delete and an insert. */
const reinserted: Asked = {
  ...rekeyed,
  "rekeyed.1": { ...EXPECTED["delete"] },
  "rekeyed.2": {
    "arrived/box.put": `{"active":true,"at":"2026-01-31T12:34:56","id":"8","name":"${NAME}","price":129905e-2,"serial":9007199254740995e0,"total":12345678901234567890123456789e-9}`,
    "low-stock/box.put": `{"left":8e0,"text":"${NAME}: 8 left"}`,
    "unnoted/box.put": '{"note":null}',
  },
};

/** What a carrier does not ask for, or asks for otherwise, since it cannot say it: see docs/sources/decoders.md. */
const DIFFERENCES: { readonly [folder: string]: Asked } = {
  backstitch: rekeyed,
  supabase: rekeyed,
  debezium: reinserted,
  // Decimals are texts (`decimal.handling.mode: string`), and so is the JSON document, of which no field can be read.
  "debezium-without-schema": {
    ...mapArgs(reinserted, textual),
    ...mapArgs({ insert: EXPECTED["insert"], dearer: EXPECTED["dearer"] }, textual),
    moved: {},
  },
  // The JSON document is a text.
  dms: { ...rekeyed, moved: {} },
  // No nulls, no documents and no decimals; of an update only what changed, and nothing of what was before.
  neptune: {
    insert: {
      "arrived/box.put":
        EXPECTED["insert"]?.["arrived/box.put"]?.replace("12345678901234567890123456789e-9", '"12345678901234567890.123456789"') ?? "",
    },
    sold: {},
    dearer: {},
    moved: {},
    delete: { "gone/key": '{"id":"7"}', "gone/row": "ARGUMENT_UNSENT" },
  },
};

function mapArgs(asked: { readonly [step: string]: Asked[string] | undefined }, change: (args: string) => string): Asked {
  const steps = Object.entries(asked).map(
    ([step, entries = {}]) => [step, Object.entries(entries).map(([entry, args]) => [entry, change(args)])] as const,
  );
  return Object.fromEntries(steps.map(([step, entries]) => [step, Object.fromEntries(entries)]));
}

/** Decimals as the texts that they are printed as. */
function textual(args: string): string {
  return args.replaceAll(/\b(\d+)(\d\d)e-2/g, '"$1.$2"').replace(/(\d+)(\d{9})e-9/, '"$1.$2"');
}

describe("the same changes ask for the same, whoever sends them", () => {
  test.each(CARRIERS.map((carrier) => [carrier.folder, carrier] as const))("%s", async (folder, carrier) => {
    const asked = await askedBy(carrier);
    const expected = { ...EXPECTED, ...DIFFERENCES[folder] };
    expect(Object.keys(asked)).toEqual(expect.arrayContaining(["insert", "sold", "dearer", "moved", "delete"]));
    expect(asked).toEqual(Object.fromEntries(Object.keys(asked).map((step) => [step, expected[step]])));
  });
});

test.each(CARRIERS.map((carrier) => [carrier.folder, carrier] as const))(
  "%s: a record that comes again is the same event",
  (_, carrier) => {
    const read = (): readonly ChangeEvent[] => sentBy(carrier).flatMap((sent) => decodeSent(carrier, sent));
    expect(read()).toEqual(read());
    expect(new Set(read().map(({ id }) => id)).size).toBe(read().length);
  },
);
