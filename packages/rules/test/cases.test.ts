import { formatProblem } from "@backstitch/core/rules";
import { describe, expect, test } from "vitest";
import { compileRules } from "../src/index.ts";
import { eventOf, readCases, ruleText, summaryOf, type Case } from "./cases.ts";
import { extendedCatalogue, surroundings } from "./catalogue.ts";

for (const { about, cases } of readCases()) {
  describe(about, () => {
    test.each(cases.map((item) => [`${item.name}: ${item.because}`, item] as const))("%s", async (_, item) => {
      const { ruleSet, problems } = compileRules(
        { ...surroundings, rules: [{ path: "rules/case.json", text: textOf(item) }] },
        extendedCatalogue,
      );
      expect(problems.map(formatProblem)).toEqual([]);
      const matched = await ruleSet?.match([eventOf(item.event)]);
      if (matched === undefined) throw new Error("no rule set");
      expect(summaryOf(matched, item.happens)).toEqual(item.happens);
      if (typeof item.happens !== "object" || !("deliveries" in item.happens)) return;
      expect(matched.deliveries).toHaveLength(item.happens.deliveries.length);
      for (const [index, wanted] of item.happens.deliveries.entries()) {
        const { retry, limits, ...made } = matched.deliveries[index] ?? {};
        expect({ ...made, retry: nulled(retry), limits: nulled(limits) }).toMatchObject(wanted);
      }
      expect(matched.failures).toHaveLength(item.happens.failures?.length ?? 0);
      for (const [index, wanted] of (item.happens.failures ?? []).entries()) expect(matched.failures[index]).toMatchObject(wanted);
    });
  });
}

/** A case cannot say undefined. */
function nulled(policy: object | undefined): object | null {
  return policy === undefined ? null : Object.fromEntries(Object.entries(policy).map(([name, value]) => [name, value ?? null]));
}

/** JSON.parse of a case file rounds what a rule file would keep: whole numbers beyond the safe range are quoted there. */
function textOf(item: Case): string {
  return ruleText(item).replaceAll(/"(\d{16,})n"/g, "$1");
}
