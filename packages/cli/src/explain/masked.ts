import { Decimal, isList, isRow, type Row, type Value } from "@backstitch/core/values";
import type { Project } from "@backstitch/project";
import type { ExplainedCondition, ExplainedTest, ExplainedThen } from "@backstitch/rules";
import type { GuardedExplanation, GuardedPart } from "./guarded.ts";
import { argsSchemaOf, mapRow, maskRecipients, maskText, namesRecipient, recipientsIn } from "../mask.ts";

/**
 * The explanation without whom the actions go to, and with long values cut: what an action's schema marks `recipient` is hidden in the arguments
 * and wherever the row holds the same text, and everywhere what looks like a telephone number or a mail address.
 * Where not every recipient is known, since arguments cannot be rendered or elements are left out, what could be one is hidden.
 */
export function maskExplanation(explanation: GuardedExplanation, services: Project["services"]): GuardedExplanation {
  const schemaOf = (entry: ExplainedThen) => argsSchemaOf(services, entry);
  const recipients = explanation.then.flatMap((entry) => entry.parts.flatMap(({ args }) => recipientsIn(args ?? null, schemaOf(entry))));
  // A telephone number is often kept without its plus, which the argument puts before it.
  const known = new Set(recipients.flatMap((one) => [one, one.replace(/^\+/, "")]));
  const unknown = explanation.then.some((entry) => leavesOut(entry) && namesRecipient(schemaOf(entry)));
  const mask = (value: Value | undefined): Value | undefined =>
    value && short(unknown ? withoutLong(value) : maskRecipients(withoutKnown(value, known), {}));
  const maskPart = (part: GuardedPart, entry: ExplainedThen): GuardedPart => {
    const args = part.args && (short(withoutKnown(maskRecipients(part.args, schemaOf(entry)), known)) as Row);
    const links = part.links.map((link) => ({ ...link, with: short(withoutKnown(maskRecipients(link.with, {}), known)) as Row }));
    return { ...part, args, links, when: part.when && maskCondition(part.when, mask) };
  };
  return {
    ...explanation,
    when: maskCondition(explanation.when, mask),
    then: explanation.then.map((entry) => ({ ...entry, parts: entry.parts.map((part) => maskPart(part, entry)) })),
  };
}

function leavesOut({ parts, more, fault }: ExplainedThen): boolean {
  return fault !== undefined || more > 0 || parts.some(({ args }) => args === undefined);
}

type Mask = (value: Value | undefined) => Value | undefined;

function maskCondition(condition: ExplainedCondition, mask: Mask): ExplainedCondition {
  const parts = condition.parts.map((part) => maskCondition(part, mask));
  return { ...condition, parts, test: condition.test && maskTest(condition.test, mask) };
}

function maskTest(test: ExplainedTest, mask: Mask): ExplainedTest {
  const looked = test.looked.map((one) => ({
    ...one,
    value: mask(one.value),
    condition: one.condition && maskCondition(one.condition, mask),
  }));
  const change = test.change && { ...test.change, before: mask(test.change.before) };
  return { ...test, expected: mask(test.expected), actual: mask(test.actual), change, looked };
}

/** What is shorter is no recipient by itself, but a piece of one by chance. */
const SHORTEST_PIECE = 5;

/** Recipients may be numbers in the row and texts in the arguments, which may say more (`+{{ after.phone }}`) or less than the row. */
function withoutKnown(value: Value, known: ReadonlySet<string>): Value {
  if (isList(value)) return value.map((item) => withoutKnown(item, known));
  if (isRow(value))
    return mapRow(
      value,
      (item) => withoutKnown(item, known),
      (name) => withoutWhole(name, known),
    );
  if (value === null) return value;
  const text = String(value);
  if (known.has(text)) return maskText(text);
  if (text.length < SHORTEST_PIECE) return value;
  if ([...known].some((one) => one.includes(text))) return maskText(text);
  const masked = withoutWhole(text, known);
  return masked === text ? value : masked;
}

function withoutWhole(text: string, known: ReadonlySet<string>): string {
  const within = [...known].filter((one) => one.length >= SHORTEST_PIECE && text.includes(one));
  return within.reduce((masked, one) => masked.replaceAll(one, maskText(one)), text);
}

function withoutLong(value: Value): Value {
  if (isList(value)) return value.map(withoutLong);
  if (isRow(value)) return mapRow(value, withoutLong);
  return value === null || String(value).length < SHORTEST_PIECE ? value : maskText(String(value));
}

const LONGEST = 200;
const MOST_ITEMS = 20;
const DEEPEST = 5;

/** Cuts what is long or deep, and says so in its place. */
function short(value: Value, depth = 0): Value {
  if (typeof value === "string") return value.length <= LONGEST ? value : `${value.slice(0, LONGEST)}… (${value.length} characters)`;
  if (value instanceof Decimal || typeof value !== "object" || value === null) return value;
  if (depth === DEEPEST) return "…";
  if (isList(value)) {
    const items = value.slice(0, MOST_ITEMS).map((item) => short(item, depth + 1));
    return value.length <= MOST_ITEMS ? items : [...items, `… ${value.length - MOST_ITEMS} more`];
  }
  const entries = Object.entries(value);
  const kept = Object.fromEntries(entries.slice(0, MOST_ITEMS).map(([name, item]) => [name, short(item, depth + 1)]));
  return entries.length <= MOST_ITEMS ? kept : { ...kept, "…": `${entries.length - MOST_ITEMS} more` };
}
