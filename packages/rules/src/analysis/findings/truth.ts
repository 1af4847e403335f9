import type { Problem } from "@backstitch/core/rules";
import type { Mark } from "../../condition/marks.ts";
import { mayReject } from "../../condition/size-of.ts";
import { described, whereabouts } from "../describe.ts";
import type { Node } from "../solver/leaf.ts";
import { isWrittenNegated, opposite } from "../solver/node.ts";
import { askedOf, type Asked, type Check, type Study } from "../study.ts";
import { markOf, warning, type Said } from "../warning.ts";
import { inOrder, isEmptyGroup, isReference, prover, type Prover } from "./prover.ts";

/** What can never be true, is always true, or is said already. */
export const truth: Check = {
  finds: {
    CONDITION_NEVER_TRUE: "a part of a condition that no change, or no call of a guard's actions, can meet",
    CONDITION_OPERATION: "a part that none of the operations can meet that the rule looks at and its source sends",
    CONDITION_TYPE: "a test that compares values of types that never compare",
    CONDITION_CONTRADICTION: "a part that another part beside it, or around it, excludes",
    CONDITION_ALWAYS_TRUE: "a part that every change meets, wherever its source sent what is read; or every call of a guard's actions",
    CONDITION_REDUNDANT: "a part that follows from the others, or an alternative that another one covers",
  },
  *find(study) {
    for (const asked of askedOf(study)) if (asked.worlds.seen.length > 0) yield* begin({ study, asked, ...prover(study, asked.worlds) });
  },
};

interface Visit extends Prover {
  readonly study: Study;
  readonly asked: Asked;
}

function* begin(at: Visit): Iterable<Problem> {
  const { node, context } = at.asked;
  // Of a rule that matches nothing, that is said.
  const isPossible = context.length === 0 || at.possible(context);
  if (isPossible && at.possible([node]) && !at.possible([...context, node])) yield* excluded(at, node, context);
  else if (isPossible && at.possible([node]) && !at.isAlways(node) && isFollowing(at, node, context))
    yield* said(at, node, redundant(at, node, context[0]));
  else if (isPossible) yield* visit(at, node, context);
}

/** Whether it is true wherever the rest is. */
function isFollowing(at: Visit, node: Node, context: readonly Node[]): boolean {
  return context.length > 0 && !at.possible([...context, opposite(node)]);
}

/** `context`: what is true besides, wherever the node counts. */
function* visit(at: Visit, node: Node, context: readonly Node[]): Iterable<Problem> {
  if (!at.possible([node])) return yield* impossible(at, node);
  if (at.isAlways(node)) return yield* always(at, node);
  if (node.kind === "literal" && node.leaf.inner !== undefined) yield* visit(at, node.leaf.inner, []);
  if (isReference(at.study, node) || node.origin.kind === "test") return;
  if (node.kind === "all") yield* visitAll(at, node.parts, context);
  if (node.kind === "any") yield* visitAny(at, node.parts, context);
}

function* impossible(at: Visit, node: Node): Iterable<Problem> {
  const { study, possible } = at;
  // Of what is rejected, more is said elsewhere.
  if (isEmptyGroup(study, node) || (node.kind === "literal" && mayReject(node.origin))) return;
  if (node.kind === "literal" || node.kind === "const" || isReference(study, node)) {
    const inner = node.kind === "literal" && !node.negated ? node.leaf.inner : undefined;
    if (inner !== undefined && !possible([inner])) yield* visit(at, inner, []);
    else if (!isReference(study, node) || at.possibleByItself([node])) yield* said(at, node, whyNever(at, node));
    return;
  }
  const alone = node.parts.filter((part) => !possible([part]));
  if (alone.length > 0) for (const part of alone) yield* impossible(at, part);
  else yield* conflict(at, inOrder(study, node.parts));
}

/** Parts that are possible each by itself, and not together. */
function* conflict(at: Visit, parts: readonly Node[]): Iterable<Problem> {
  const last = parts.findIndex((_, index) => !at.possible(parts.slice(0, index + 1)));
  const later = parts[last];
  if (later === undefined) return;
  const earlier = parts.slice(0, last);
  const other = earlier.find((one) => !at.possible([one, later]));
  yield* excluded(at, later, other === undefined ? earlier : [other]);
}

function* excluded(at: Visit, later: Node, against: readonly Node[]): Iterable<Problem> {
  const blamed = narrow(at, later, against);
  const mark = markOf(at.study.marks, blamed.origin);
  if (mark === undefined) return;
  const [only, second] = against;
  const place = only && whereabouts(markOf(at.study.marks, only.origin), mark);
  const what = only === undefined || second !== undefined ? "What stands beside it" : `${quoted(only)} at ${place}`;
  const code = at.possibleElsewhen([...against, later]) ? "CONDITION_OPERATION" : "CONDITION_CONTRADICTION";
  const message = `${what} excludes ${quoted(blamed)}: they are never true together.`;
  yield warning(mark, { code, message: begun(message), remedy: "Remove one of them, or make them alternatives." });
}

/** Of a conjunction, the part that makes it impossible. */
function narrow(at: Visit, node: Node, against: readonly Node[]): Node {
  if (node.kind !== "all" || isReference(at.study, node)) return node;
  const parts = inOrder(at.study, node.parts);
  const last = parts.findIndex((_, index) => !at.possible([...against, ...parts.slice(0, index + 1)]));
  const part = parts[last];
  return part === undefined ? node : narrow(at, part, [...against, ...parts.slice(0, last)]);
}

function* always(at: Visit, node: Node): Iterable<Problem> {
  if (isEmptyGroup(at.study, node) || mayReject(node.origin)) return;
  const branch = node.kind === "any" ? node.parts.find((part) => at.isAlways(part)) : undefined;
  if (branch !== undefined && !isReference(at.study, node)) return yield* always(at, branch);
  if (isReference(at.study, node) && at.isAlwaysByItself(node)) return;
  const isWhole = node === at.asked.node;
  const isOfChange = at.asked.of === "change";
  const message = `${quoted(node)} is true of every ${at.asked.of}${isOfChange && node.kind !== "const" ? ", wherever what it reads was sent" : ""}.`;
  const remedy = isWhole ? `A ${isOfChange ? "rule for every change" : "guard that permits everything"} has no "when".` : "Remove it.";
  yield* said(at, node, { code: "CONDITION_ALWAYS_TRUE", message, remedy });
}

function* visitAll(at: Visit, unordered: readonly Node[], context: readonly Node[]): Iterable<Problem> {
  const { study, possible } = at;
  const kept = new Set(inOrder(study, unordered));
  const others = (part: Node): Node[] => [...context, ...[...kept].filter((one) => one !== part)];
  for (const part of [...kept].reverse()) {
    if (at.isAlways(part) || possible([...others(part), opposite(part)])) continue;
    const from = others(part).find((one) => !possible([one, opposite(part)]));
    yield* said(at, part, redundant(at, part, from));
    kept.delete(part);
  }
  for (const part of kept) yield* visit(at, part, others(part));
}

function redundant(at: Visit, part: Node, from: Node | undefined): Said {
  const mark = markOf(at.study.marks, part.origin);
  const other = from && mark && `${quoted(from)} at ${whereabouts(markOf(at.study.marks, from.origin), mark)}`;
  const message = `${quoted(part)} is true wherever ${other ?? "what stands beside it"} is.`;
  return { code: "CONDITION_REDUNDANT", message, remedy: "Remove it: it decides nothing." };
}

function* visitAny(at: Visit, unordered: readonly Node[], context: readonly Node[]): Iterable<Problem> {
  const { study, possible } = at;
  const kept = new Set(inOrder(study, unordered));
  for (const branch of kept) {
    if (possible([...context, branch])) continue;
    kept.delete(branch);
    if (!possible([branch])) yield* impossible(at, branch);
    else yield* excluded(at, branch, context.filter((one) => !possible([one, branch])).slice(0, 1));
  }
  for (const branch of [...kept].reverse()) {
    const covering = [...kept].find((one) => one !== branch && !possible([branch, opposite(one)]));
    if (covering === undefined || at.isAlways(covering)) continue;
    kept.delete(branch);
    yield* said(at, branch, covered(at, branch, covering));
  }
  for (const branch of kept) yield* visit(at, branch, context);
}

function covered(at: Visit, branch: Node, by: Node): Said {
  const mark = markOf(at.study.marks, branch.origin);
  const place = mark && whereabouts(markOf(at.study.marks, by.origin), mark);
  const message = `${quoted(by)} at ${place} is true wherever ${quoted(branch)} is: this alternative adds nothing.`;
  return { code: "CONDITION_REDUNDANT", message, remedy: "Remove it." };
}

function whyNever(at: Visit, node: Node): Said {
  const what = quoted(node);
  if (at.possibleUntyped([node])) {
    const holds = at.asked.of === "change" ? "column" : "argument";
    const message = `${what} is never true: the ${holds} holds values of another type.`;
    return { code: "CONDITION_TYPE", message, remedy: `Compare it with a value of the ${holds}'s type.` };
  }
  if (at.possibleElsewhen([node])) {
    const operations = at.asked.worlds.seen.map(({ operation }) => JSON.stringify(operation)).join(", ");
    const message = `${what} is never true of the operations that the rule sees: ${operations}.`;
    return { code: "CONDITION_OPERATION", message, remedy: 'Change "operations" in "on", or remove this.' };
  }
  return { code: "CONDITION_NEVER_TRUE", message: `${what} is never true.`, remedy: "Change what it asks, or remove it." };
}

function* said({ study }: Visit, node: Node, what: Said): Iterable<Problem> {
  const mark: Mark | undefined = markOf(study.marks, node.origin);
  if (mark !== undefined) yield warning(mark, { ...what, message: begun(what.message) });
}

function quoted(node: Node): string {
  const text = described(node.origin);
  if (node.kind === "literal" && node.negated !== isWrittenNegated(node.origin))
    return JSON.stringify(`not ${text}`).replaceAll('\\"', "'");
  return text.startsWith("this ") ? text : JSON.stringify(text).replaceAll('\\"', "'");
}

function begun(sentence: string): string {
  return sentence.replace(/^this /, "This ");
}
