import type { Row } from "@backstitch/core/values";
import { describe, expect, test } from "vitest";
import { compileFiles } from "../src/compile-rules.ts";
import { eventFacts } from "../src/facts/facts.ts";
import { fileRules } from "../src/match/filing.ts";
import { eventOf } from "./cases.ts";
import { catalogue, surroundings } from "./catalogue.ts";

const on = { source: "shop", collection: "orders", operations: ["insert", "update", "delete"] };
const then = [{ service: "sms", action: "send", with: { to: "t", body: "b" } }];

/** The rules whose conditions are asked about the event: the others the index left out. */
function tried(whens: readonly Row[], differences: Row): string[] {
  const rules = whens.map((when, index) => ({ path: `rules/r${index}.json`, text: JSON.stringify({ on, when, then }) }));
  const { compiled } = compileFiles({ ...surroundings, rules }, catalogue);
  const filing = fileRules(compiled.map(({ rule }) => rule));
  const event = eventOf(differences);
  const { entries, size } = filing.search(filing.find(event) ?? [], eventFacts(event, {}));
  return entries.slice(0, size).map(({ rule }) => rule.summary.name);
}

const leaf = (operator: string, value: unknown, more: Row = {}): Row => ({
  all: [{ fact: "after", path: "$.q", operator, value, ...more }] as never,
});
const q = (value: Row[string]): Row => ({ after: { q: value } });

describe("the index leaves out a rule whose condition cannot be met", () => {
  test.each<[string, Row, Row, Row]>([
    ["another value", { "after.q": 5 }, q(5), q(6)],
    ["another text", { "after.q": "a" }, q("a"), q("b")],
    ["a value where null is asked", { "after.q": null }, q(null), q(1)],
    ["another element", { "after.q": 5 }, q([4, 5]), q([4, 6])],
    ["another value of a field within", { "after.q.r": 5 }, q({ r: 5 }), q({ r: 6 })],
    ["another value of the row before", { "before.q": 5 }, { before: { q: 5 } }, { before: { q: 6 } }],
    ["another operation", { operation: "insert" }, { operation: "insert" }, { operation: "update" }],
    ["none of the values", { "after.q": { $in: [1, 2] } }, q(2), q(3)],
    ["one of the values is missing", { "after.q": { $all: ["a", "b"] } }, q(["a", "b"]), q(["b"])],
    ["not above", { "after.q": { $gt: 5 } }, q(6), q(5)],
    ["not at least", { "after.q": { $gte: 5 } }, q(5), q(4)],
    ["not below", { "after.q": { $lt: 5 } }, q(4), q(5)],
    ["not at most", { "after.q": { $lte: 5 } }, q(5), q(6)],
    ["below a range", { "after.q": { $gt: 5, $lt: 9 } }, q(6), q(5)],
    ["above a range", { "after.q": { $gt: 5, $lt: 9 } }, q(8), q(9)],
    ["a text before another", { "after.q": { $gte: "m" } }, q("m"), q("l")],
    ["a text after another", { "after.q": { $lt: "m" } }, q("l"), q("n")],
    ["without the text of a pattern", { "after.q": { $regex: "late" } }, q("too late"), q("in time")],
    ["without the beginning of a pattern", { "after.q": { $regex: "^late" } }, q("late night"), q("too late")],
    ["without any text of a pattern", { "after.q": { $regex: "lost|late" } }, q("lost"), q("found")],
    ["an element without it", { "after.q": { $elemMatch: { n: 5 } } }, q([{ n: 5 }]), q([{ n: 6 }])],
    ["a field that did not change", { "after.q": { $changed: true } }, { changed: ["q"] }, { changed: ["r"] }],
    ["a field that did not become it", { "after.q": { $changedTo: 5 } }, { ...q(5), changed: ["q"] }, { ...q(6), changed: ["q"] }],
    [
      "a field that was another",
      { "after.q": { $changedFrom: 5 } },
      { before: { q: 5 }, changed: ["q"] },
      { before: { q: 6 }, changed: ["q"] },
    ],
    ["one of two tests fails, whichever it is", { "after.q": 5, "after.r": 6 }, { after: { q: 5, r: 6 } }, { after: { q: 1, r: 1 } }],
    ["both alternatives fail", { $or: [{ "after.q": 5 }, { "after.r": 6 }] }, { after: { q: 1, r: 6 } }, { after: { q: 6, r: 5 } }],
    ["a named condition fails", { $condition: "vip" }, { after: { tier: "gold" } }, { after: { tier: "none" } }],
    ["not what was denied twice", { $not: { "after.q": { $ne: 5 } } }, q(5), q(6)],
    ["equal", leaf("equal", 5), q(5), q(6)],
    ["in", leaf("in", [5, 6]), q(6), q(7)],
    ["contains", leaf("contains", "a"), q(["a"]), q(["b"])],
    ["someFact", leaf("someFact:equal", "a"), q(["a"]), q(["b"])],
    ["someValue", leaf("someValue:equal", [5, 6]), q(6), q(7)],
    ["lessThan", leaf("lessThan", 5), q(4), q(5)],
    ["lessThanInclusive", leaf("lessThanInclusive", 5), q(5), q(6)],
    ["greaterThan", leaf("greaterThan", 5), q(6), q(5)],
    ["greaterThanInclusive", leaf("greaterThanInclusive", 5), q(5), q(4)],
  ])("%s", (_, when, met, not) => {
    const others = [{ "after.z": 1 }, { "after.z": { $gt: 7 } }, { "after.z": { $regex: "^nowhere" } }];
    expect([tried([...others, when], met), tried([...others, when], not)]).toEqual([["r3"], []]);
  });
});

describe("what the index wants of a text for a pattern", () => {
  // The pattern, a text in which it is found, and one that the index leaves out.
  test.each<[string, string, string]>([
    ["late", "too late", "in time"],
    ["^late", "late", "too late"],
    ["late$", "too late", "late night"],
    ["^late$", "late", "early"],
    ["lost|late", "late", "found"],
    ["^lost|late$", "too late", "found"],
    ["^lost|^late", "late", "too late"],
    ["lost$|late$", "lost", "lost it"],
    ["later?x", "latex", "lax"],
    ["later*x", "latex", "lax"],
    ["late+x", "lateeex", "lax"],
    ["late{0}x", "latx", "lax"],
    ["late{2,3}x", "lateeex", "lax"],
    ["late{0,3}x", "latx", "lax"],
    ["late??x", "latx", "lax"],
    ["a.later", "a later", "a late"],
    ["[ab]late", "blate", "blau"],
    ["[^ab]late", "xlate", "x"],
    ["[]ab]late", "]late", "]l"],
    ["[^]ab]late", "xlate", "x"],
    ["[\\]ab]late", "]late", "]l"],
    ["[a-c]{2}late", "abla late ablate", "ab"],
    ["(lost )?late", "late", "lost"],
    ["(lost (and )?)?late", "late", "lost and"],
    ["([)]+)late", "))late", "))"],
    ["(\\))late", ")late", ")"],
    ["(?:lost|found)late", "foundlate", "found"],
    ["\\d+ days late", "12 days late", "12 days"],
    ["\\.com", "a.com", "acom"],
    ["a\\tlate", "a\tlate", "a late"],
    ["\\blate\\b", "too late", "in time"],
    ["(?s)a.*late", "a\nlate", "a"],
    ["(?i)later", "LATER", "LATE"],
    ["(?i)(?s)later", "LATER", "LATE"],
    ["(?is)later", "LATER", "LATE"],
    ["(?m)^later$", "too\nlater\non", "late"],
    ["^a", "ab", "ba"],
    ["z$", "yz", "zy"],
  ])("%s", (pattern, found, not) => {
    const whens = [{ "after.q": { $regex: pattern } }];
    expect([tried(whens, q(found)), tried(whens, q(not))]).toEqual([["r0"], []]);
  });

  test.each([
    ["\\Qlate", "late"],
    ["(?i)a(?-i)late", "Alate"],
    ["[[:alpha:]]late", "xlate"],
    ["a(?i)late", "aLATE"],
    ["late|", "early"],
    ["l.", "la"],
    ["\\pLate", "xate"],
    ["^*late", "late"],
    ["(?i)\u00e4late", "\u00c4LATE"],
    ["(?i)straSSe", "stra\u017fse"],
  ])("where it is not sure, the condition alone decides: %s", (pattern, found) => {
    expect(tried([{ "after.q": { $regex: pattern } }], q(found))).toEqual(["r0"]);
  });
});
