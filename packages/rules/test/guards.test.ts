import { readFileSync } from "node:fs";
import { join } from "node:path";
import { formatProblem } from "@backstitch/core/rules";
import type { Row } from "@backstitch/core/values";
import { describe, expect, test } from "vitest";
import { compileGuards } from "../src/index.ts";
import { readJson } from "../src/json/index.ts";
import { ajvValidate } from "./validate.ts";

const options = {
  conditions: [{ path: "conditions/home.json", text: '{ "args.to": { "$in": { "$path": "values.numbers" } } }' }],
  values: [{ path: "values/numbers.json", text: '["+15005550009"]' }],
  actions: ["send", "call"],
  validate: ajvValidate(),
};

function compile(guards: unknown) {
  const { located } = readJson("services/sms.json", JSON.stringify({ connector: "twilio", guards }, null, 1));
  if (located === undefined) throw new Error("not read");
  return compileGuards(located, ["guards"], options);
}

/** The guards of a service, and why what comes of them must be so. */
interface GuardCase {
  readonly name: string;
  readonly because: string;
  readonly guards: unknown;
}

interface Asked extends GuardCase {
  readonly action: string;
  readonly args: Row;
  /** Who asks. @default a rule does */
  readonly user?: Row;
  readonly happens: { readonly by: string } | { readonly deniedBecause: string };
}

interface Refused extends GuardCase {
  readonly problems: readonly { readonly says: string; readonly remedy?: string }[];
}

function casesOf<Kind extends GuardCase>(file: string): (readonly [string, Kind])[] {
  const read = JSON.parse(readFileSync(join(import.meta.dirname, "..", "cases", "guards", file), "utf8")) as { cases: Kind[] };
  return read.cases.map((item) => [`${item.name}: ${item.because}`, item]);
}

describe("what a guard permits and denies", () => {
  test.each(casesOf<Asked>("verdicts.json"))("%s", (_, { guards, action, args, user, happens }) => {
    const { guard, problems } = compile(guards);
    expect(problems.map(formatProblem)).toEqual([]);
    expect(guard?.permits(action, args, user)).toEqual(happens);
  });
});

describe("guards that cannot be used", () => {
  test.each(casesOf<Refused>("problems.json"))("%s", (_, { guards, problems: expected }) => {
    const { guard, problems } = compile(guards);
    expect(problems.map(formatProblem)).toEqual(expected.map(({ says, remedy }) => (remedy === undefined ? says : `${says}\n  ${remedy}`)));
    expect(guard).toBeUndefined();
  });
});

test("a reason names guards, never an argument", () => {
  const guard = { name: "own numbers", actions: ["send"], when: { "args.to": { $regex: "^\\+1" } } };
  const verdict = compile([guard]).guard?.permits("send", { to: "+4930999888" });
  expect(JSON.stringify(verdict)).not.toContain("999888");
});
