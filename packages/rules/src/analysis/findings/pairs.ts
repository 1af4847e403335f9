import type { Problem } from "@backstitch/core/rules";
import { encodeValue } from "@backstitch/core/values";
import type { Literal, Node } from "../solver/leaf.ts";
import type { World } from "../solver/world.ts";
import { keyOf, opposite } from "../solver/node.ts";
import { ANY_WORLD, type Check, type Study } from "../study.ts";
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
    const sends = study.rules.map(sendsOf);
    for (const index of sends.keys()) yield* withinRule(study, sideOf(study, sends, index));
    const buckets = Map.groupBy(
      sends.flatMap((one, index) => (one.rule.summary.enabled ? [...new Set(one.actions)].map((action) => ({ index, action })) : [])),
      ({ index, action }) => `${study.rules[index]?.summary.source} ${action}`,
    );
    /** Rules of which something was said: once is enough. */
    const done = new Set<WrittenRule>();
    for (const bucket of buckets.values()) {
      for (const [one, other] of pairsIn(study, bucket, done)) {
        for (const { rule, problem } of compare(study, sideOf(study, sends, one), sideOf(study, sends, other))) {
          done.add(rule);
          yield problem;
        }
      }
    }
  },
};

interface Sends {
  readonly rule: WrittenRule;
  /** Service, action and arguments of each entry. */
  readonly actions: readonly string[];
}

interface Side extends Sends {
  readonly node: Node;
  /** Of each entry, what must be true besides. */
  readonly whens: readonly (readonly Node[])[];
  readonly worlds: readonly World[];
}

function sendsOf(rule: WrittenRule): Sends {
  return { rule, actions: rule.entries.map(actionOf) };
}

function actionOf({ service, action, each = null, args }: WrittenEntry): string {
  return `${service} ${action} ${encodeValue([each, canonical(args)])}`;
}

function sideOf({ normaliser, worlds, rules }: Study, sends: readonly Sends[], index: number): Side {
  const { rule, actions } = sends[index] ?? { rule: rules[index], actions: [] };
  if (rule === undefined) throw new RangeError(String(index));
  const whens = rule.entries.map(({ when }) => (when === undefined ? [] : [normaliser.normal(when)]));
  return { rule, actions, node: normaliser.normal(rule.condition), whens, worlds: (worlds[index] ?? ANY_WORLD).seen };
}

function* withinRule(study: Study, { rule, actions, whens, node, worlds }: Side): Iterable<Problem> {
  for (const [index, entry] of rule.entries.entries()) {
    const isTwice = actions.some(
      (action, other) =>
        other < index && action === actions[index] && study.solver.likely([node, ...(whens[other] ?? []), ...(whens[index] ?? [])], worlds),
    );
    if (!isTwice) continue;
    const message = `Another entry of this rule asks ${JSON.stringify(entry.service)} for the same with the same arguments.`;
    yield warning(entry, { code: "RULE_ACTION_TWICE", message, remedy: "Remove one of them." });
  }
}

/** Rules of which each wants another value of the same field never meet; of the rest each is held against some others. */
function* pairsIn(
  { rules, normaliser }: Study,
  bucket: readonly { readonly index: number }[],
  done: ReadonlySet<WrittenRule>,
): Iterable<readonly [number, number]> {
  if (bucket.length < 2) return;
  const wanted = bucket.flatMap(({ index }) => {
    const rule = rules[index];
    return rule === undefined ? [] : [{ index, rule, equals: equalsOf(normaliser.normal(rule.condition)) }];
  });
  for (const [at, one] of wanted.entries()) {
    for (const other of otherThan(wanted, at)) {
      if (done.has(one.rule)) break;
      if (!done.has(other.rule)) yield [other.index, one.index];
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
  for (const [index, entry] of other.rule.entries.entries()) {
    const isTwice = one.actions.some(
      (action, at) =>
        action === other.actions[index] &&
        solver.likely([one.node, other.node, ...(one.whens[at] ?? []), ...(other.whens[index] ?? [])], common),
    );
    if (!isTwice) continue;
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
function actionsOf({ actions, whens }: Side): readonly string[] {
  return actions.map((action, index) => `${action} ${(whens[index] ?? []).map(keyOf).join()}`);
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
