import { formatProblem } from "@backstitch/core/rules";
import { describe, expect, test } from "vitest";
import { analysed, expectedWords, filesOf, readDefects, readGood, wordsOf } from "./corpus.ts";

for (const { about, cases } of readDefects()) {
  describe(about, () => {
    test.each(cases.map((item) => [item.name, item] as const))("%s", (_, item) => {
      const files = filesOf(item);
      const found = analysed(files, item.data);
      const expected = [item.finding, ...(item.extra ?? [])].map((one) => expectedWords(one, files));
      expect(found.map(wordsOf).sort()).toEqual(expected.sort());
    });
  });
}

describe("files of which nothing is to be said", () => {
  test.each(readGood().map((item) => [item.about, item] as const))("%s", (_, { files, data }) => {
    expect(analysed(files, data).map(formatProblem)).toEqual([]);
  });
});
