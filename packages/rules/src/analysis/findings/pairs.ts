import type { Problem } from "@backstitch/core/rules";
import { encodeValue } from "@backstitch/core/values";
import type { Literal, Node } from "../solver/leaf.ts";
import type { World } from "../solver/world.ts";
import { keyOf, opposite } from "../solver/node.ts";
import type { Check, StudiedRule, Study } from "../study.ts";
import { warning, type Said } from "../warning.ts";
import type { WrittenEntry, WrittenRule } from "../written.ts";
import { canonical, otherThan } from "./pairs-order.ts";

/** Rules that send the same for the same change. */
export const pairs: Check = {
  finds: {
    RULE_DUPLICATE: "a rule that looks at the same, asks the same and does the same as another",
    RULE_SUBSUMED: "a rule that matches only where another one matches and sends the same",
    RULE_ACTION_TWICE: "the same action with the same arguments twice for one change, by two entries or two rules",
  },
  *find(study) {
    const sides = study.rules.map((rule) => sideOf(study, rule));
    for (const side of sides) yield* withinRule(study, side);
    const enabled = sides.filter(({ rule }) => rule.summary.enabled);
    const buckets = Map.groupBy(
      enabled.flatMap((side) => [...new Set(side.sent.map(({ action }) => action))].map((action) => ({ side, action }))),
      ({ side, action }) => `${side.rule.summary.source} ${action}`,
    );
    /** Rules of which something was said: once is enough. */
    const done = new Set<WrittenRule>();
    for (const bucket of buckets.values()) {
      for (const [one, other] of pairsIn(bucket, done)) {
        for (const { rule, problem } of compare(study, one, other)) {
          done.add(rule);
          yield problem;
        }
      }
    }
  },
};

interface Side {
  readonly rule: StudiedRule;
  readonly node: Node;
  readonly sent: readonly Sent[];
  readonly worlds: readonly World[];
}

interface Sent {
  readonly entry: WrittenEntry;
  /** Service, action and arguments. */
  readonly action: string;
  /** What must be true besides. */
  readonly whens: readonly Node[];
}

function actionOf({ service, action, each = null, args, links }: WrittenEntry): string {
  const linked = links.map((link) => [link.name, link.service, canonical(link.args)]);
  return `${service} ${action} ${encodeValue([each, canonical(args), linked])}`;
}

function sideOf({ normaliser }: Study, rule: StudiedRule): Side {
  const sent = rule.entries.map((entry): Sent => {
    const { when } = entry;
    return { entry, action: actionOf(entry), whens: when === undefined ? [] : [normaliser.normal(when)] };
  });
  return { rule, node: normaliser.normal(rule.condition), sent, worlds: rule.worlds.seen };
}

function* withinRule({ solver }: Study, { sent, node, worlds }: Side): Iterable<Problem> {
  for (const [index, { entry, action, whens }] of sent.entries()) {
    const earlier = sent.slice(0, index).filter((one) => one.action === action);
    if (!earlier.some((one) => solver.likely([node, ...one.whens, ...whens], worlds))) continue;
    const message = `Another entry of this rule asks ${JSON.stringify(entry.service)} for the same with the same arguments.`;
    yield warning(entry, { code: "RULE_ACTION_TWICE", message, remedy: "Remove one of them." });
  }
}

/** Rules of which each wants another value of the same field never meet; of the rest each is held against some others. */
function* pairsIn(bucket: readonly { readonly side: Side }[], done: ReadonlySet<WrittenRule>): Iterable<readonly [Side, Side]> {
  if (bucket.length < 2) return;
  const wanted = bucket.map(({ side }) => ({ ...side, equals: equalsOf(side.node) }));
  for (const [at, one] of wanted.entries()) {
    for (const other of otherThan(wanted, at)) {
      if (done.has(one.rule)) break;
      if (!done.has(other.rule)) yield [other, one];
    }
  }
}

/** Path → the value that it must have. */
function equalsOf(node: Node): ReadonlyMap<string, string> {
  return new Map(literalsOf(node).flatMap(({ leaf }) => (/ (?:\$eq|equal) /.test(leaf.key) ? [splitKey(leaf.key)] : [])));
}

function splitKey(key: string): readonly [string, string] {
  const [path = "", value = ""] = key.split(/ (?:\$eq|equal) /);
  return [path, value];
}

function literalsOf(node: Node): readonly Literal[] {
  if (node.kind === "literal") return node.negated ? [] : [node];
  return node.kind === "all" ? node.parts.flatMap(literalsOf) : [];
}

interface Found {
  /** Of which it is said. */
  readonly rule: WrittenRule;
  readonly problem: Problem;
}

function* compare(study: Study, one: Side, other: Side): Iterable<Found> {
  if (!meet(one.rule, other.rule)) return;
  if (keyOf(one.node) === keyOf(other.node) && isWithin(one, other) && isWithin(other, one)) {
    const message = `Rule ${nameOf(one)} looks at the same, asks the same and does the same.`;
    return yield ofWhen(other, { code: "RULE_DUPLICATE", message, remedy: "Remove one of them: every delivery is made twice." });
  }
  for (const [narrow, wide] of [[other, one] as const, [one, other] as const]) {
    if (!isWithin(narrow, wide) || study.solver.possible([narrow.node, opposite(wide.node)], narrow.worlds)) continue;
    const message = `Rule ${nameOf(wide)} matches wherever this one does, and sends the same.`;
    return yield ofWhen(narrow, { code: "RULE_SUBSUMED", message, remedy: "Remove this rule, or let the other one leave these out." });
  }
  yield* twice(study, one, other);
}

function* twice({ solver }: Study, one: Side, other: Side): Iterable<Found> {
  const common = other.worlds.filter(({ operation }) => one.worlds.some((world) => world.operation === operation));
  if (!solver.likely([one.node, other.node], common)) return;
  for (const { entry, action, whens } of other.sent) {
    const alike = one.sent.filter((sent) => sent.action === action);
    if (!alike.some((sent) => solver.likely([one.node, other.node, ...sent.whens, ...whens], common))) continue;
    const message = `Rule ${nameOf(one)} asks ${JSON.stringify(entry.service)} for the same with the same arguments, and both may match one change.`;
    const remedy = "Make one rule of them with $or, or let their conditions exclude each other.";
    const problem = warning(entry, { code: "RULE_ACTION_TWICE", message, remedy });
    yield { rule: other.rule, problem };
  }
}

/** Whether everything that the one looks at and does, the other does too. */
function isWithin(one: Side, other: Side): boolean {
  const [narrow, wide] = [one.rule.summary, other.rule.summary];
  return (
    isSubset(narrow.collections, wide.collections) &&
    isSubset(narrow.operations, wide.operations) &&
    isSubset(narrow.origins, wide.origins) &&
    isSubset(actionsOf(one), actionsOf(other))
  );
}

/** With what must be true besides. */
function actionsOf({ sent }: Side): readonly string[] {
  return sent.map(({ action, whens }) => `${action} ${whens.map(keyOf).join()}`);
}

function isSubset(some: readonly string[], all: readonly string[]): boolean {
  return some.every((item) => all.includes(item));
}

function meet({ summary: one }: WrittenRule, { summary: other }: WrittenRule): boolean {
  const share = (left: readonly string[], right: readonly string[]): boolean => left.some((item) => right.includes(item));
  return share(one.collections, other.collections) && share(one.operations, other.operations) && share(one.origins, other.origins);
}

function nameOf({ rule }: Side): string {
  return JSON.stringify(rule.summary.name);
}

function ofWhen({ rule }: Side, said: Said): Found {
  return { rule, problem: warning({ located: rule.located, at: ["when"] }, said) };
}
