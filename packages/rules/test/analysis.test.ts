import { formatProblem } from "@backstitch/core/rules";
import { describe, expect, test } from "vitest";
import { FINDINGS } from "../src/analysis/table.ts";
import { analysed, expectedWords, filesOf, readDefects, readGood, sentenceOf, wordsOf } from "./corpus.ts";

for (const { about, cases } of readDefects()) {
  describe(about, () => {
    test.each(cases.map((item) => [item.name, item] as const))("%s", (_, item) => {
      const files = filesOf(item);
      const found = analysed(files, item.data);
      const expected = [item.finding, ...(item.extra ?? [])].map((one) => expectedWords(one, files));
      expect(found.map(wordsOf).sort()).toEqual(expected.sort());
      expect(found.map(sentenceOf)).toEqual(item.says);
    });
  });
}

test("every finding has a defect, or several", () => {
  const codes = readDefects().flatMap(({ cases }) =>
    cases.map(({ finding }) => (typeof finding === "string" ? finding.split(" ")[0] : finding.code)),
  );
  expect([...FINDINGS.keys()].filter((code) => !codes.includes(code))).toEqual([]);
});

describe("files of which nothing is to be said", () => {
  test.each(readGood().map((item) => [item.about, item] as const))("%s", (_, { files, data }) => {
    expect(analysed(files, data).map(formatProblem)).toEqual([]);
  });
});
