import type { ExplainedCondition, Explanation, Looked, Verdict } from "@backstitch/rules";
import { colours as pc } from "../colours.ts";
import type { GuardedExplanation, GuardedLink, GuardedPart, GuardedThen } from "./guarded.ts";
import { expectedText, foundText, nearestMissText, shortened, valueText } from "./words.ts";

/** A line of the tree: cells stand under cells. */
interface Line {
  readonly depth: number;
  readonly verdict: Verdict;
  readonly cells: readonly string[];
  /** What comes after the cells, whatever their width. */
  readonly tail: string;
  readonly decided: boolean;
}

const MARKS: Readonly<Record<Verdict, string>> = {
  true: pc.green("✓"),
  false: pc.red("✗"),
  undecided: pc.yellow("?"),
  rejected: pc.red("!"),
};
const WIDEST = 48;
const MARGIN = " ".repeat(6);

export interface PrintOptions {
  /** What the event is called. */
  readonly event: string;
  /** Through how many deliveries it came. Undefined: nobody told. */
  readonly hops: number | undefined;
  /** How long a value may be. */
  readonly cut: number;
}

/** The explanation for people, line by line. */
export function printExplanation(explanation: GuardedExplanation, { event, hops, cut }: PrintOptions): readonly string[] {
  const miss = nearestMissText(explanation);
  const { when, then } = explanation;
  return [
    headline(explanation, event),
    "",
    ...onLines(explanation),
    ...(hops === undefined ? [] : [`${MARGIN}came through ${hops} ${hops === 1 ? "delivery" : "deliveries"}`]),
    ...titled(
      "when",
      treeOf(when, 0).map((line) => shorter(line, cut)),
    ),
    ...titled(
      "then",
      then.flatMap((entry) => thenLines(entry, cut)),
    ),
    ...(miss === undefined ? [] : ["", `${pc.bold("Nearest miss:")} ${miss}`]),
    "",
    ...legend([when, ...then.flatMap(({ parts }) => parts.flatMap((part) => part.when ?? []))]),
  ];
}

function shorter(line: Line, cut: number): Line {
  return {
    ...line,
    cells: line.cells.map((cell) => shortened(cell, cut)),
    tail: line.verdict === "rejected" ? line.tail : shortened(line.tail, cut),
  };
}

const SAYS: Readonly<Record<Verdict, string>> = {
  true: "matches",
  false: "does not match",
  undecided: "is undecided for",
  rejected: "cannot be decided for",
};

function headline({ rule, on, when }: Explanation, event: string): string {
  const isFor = on.every(({ fits }) => fits);
  const verdict = isFor ? when.verdict : "false";
  return `${MARKS[verdict]} ${pc.bold(rule)} ${SAYS[verdict]} ${event}${isFor ? "." : ": it is not for this rule."}`;
}

function onLines({ on }: Explanation): readonly string[] {
  const of = (wanted: string): string => on.find(({ what }) => what === wanted)?.actual ?? "";
  const unfit = on.filter(({ fits }) => !fits);
  const event = `${of("operation")} of ${of("collection")} in ${of("source")} (${of("origin")})`;
  if (unfit.length === 0) return titled("on", [{ depth: 0, verdict: "true", cells: [event], tail: "", decided: false }]);
  return titled(
    "on",
    unfit.map(({ what, actual, expected }) => {
      const tail = what === "enabled" ? "the rule is switched off" : `the rule takes ${expected.join(", ")}`;
      return { depth: 0, verdict: "false", cells: what === "enabled" ? ["enabled", "false"] : [what, actual], tail, decided: false };
    }),
  );
}

/** A condition for people, line by line. @param cut How long a value may be. */
export function printCondition(condition: ExplainedCondition, cut: number): readonly string[] {
  return titled(
    "",
    treeOf(condition, 0).map((line) => shorter(line, cut)),
  );
}

function treeOf(condition: ExplainedCondition, depth: number): readonly Line[] {
  const { operator, verdict, decided, test, parts } = condition;
  const cells =
    test === undefined ? [operator] : [test.path === "" ? operator : test.path, test.path === "" ? "" : operator, expectedText(test)];
  const line = { depth, verdict, cells, tail: foundText(condition), decided: decided && test !== undefined };
  const inner = parts.flatMap((part) => treeOf(part, depth + 1));
  return [line, ...(test?.looked ?? []).flatMap((one) => lookedLines(one, depth + 1)), ...moreLine(test?.more ?? 0, depth + 1), ...inner];
}

function lookedLines({ path, value, verdict, condition }: Looked, depth: number): readonly Line[] {
  const line: Line = { depth, verdict, cells: [path], tail: `is ${valueText(value)}`, decided: false };
  return [line, ...(condition === undefined ? [] : treeOf(condition, depth + 1).map((inner) => ({ ...inner, decided: false })))];
}

function moreLine(more: number, depth: number): readonly Line[] {
  return more === 0 ? [] : [{ depth, verdict: "false", cells: [`… ${more} more`], tail: "", decided: false }];
}

/** One line where the entry has neither `each` nor a `when`; else one for each element, and under it the entry's own condition and what the guards say. */
function thenLines({ name, parts, more, fault }: GuardedThen, cut: number): readonly Line[] {
  if (fault !== undefined) return [lineOf(name, "false", faultText(fault))];
  const inside = parts[0]?.index === undefined ? 0 : 1;
  const title = inside === 0 ? [] : [lineOf(name, "true", `for each of ${parts.length + more}`)];
  const lines = parts.flatMap(({ index, when, args, fault: own, guard, links }) => {
    const says = own === undefined ? shortened(valueText(args), cut * 2) : faultText(own);
    const verdict = when !== undefined && when.verdict !== "true" ? when.verdict : own === undefined ? "true" : "false";
    const line = { ...lineOf(index === undefined ? name : String(index), verdict, says), depth: inside };
    return [
      line,
      ...(when === undefined ? [] : treeOf(when, inside + 1).map((one) => shorter(one, cut))),
      ...guardLines(guard, inside + 1),
      ...links.flatMap((link) => linkLines(link, inside + 1, cut)),
    ];
  });
  if (parts.length === 0) return [lineOf(name, "false", 'the list of "each" is empty')];
  return [...title, ...lines, ...moreLine(more, inside)];
}

/** Links are made at each attempt. */
function linkLines({ name, service, with: args, guard }: GuardedLink, depth: number, cut: number): readonly Line[] {
  const line = { ...lineOf(`link ${name}`, "true", `${service} ${shortened(valueText(args), cut * 2)}`), depth };
  return [line, ...guardLines(guard, depth + 1)];
}

/** Guards are asked at each attempt. */
function guardLines(guard: GuardedPart["guard"], depth: number): readonly Line[] {
  if (guard === undefined) return [];
  const line =
    "by" in guard ? lineOf("guard", "true", JSON.stringify(guard.by)) : lineOf("guard", "false", `GUARD_DENIED ${guard.deniedBecause}`);
  return [{ ...line, depth }];
}

function lineOf(name: string, verdict: Verdict, tail: string): Line {
  return { depth: 0, verdict, cells: [name], tail, decided: false };
}

function faultText({ code, reason }: { readonly code: string; readonly reason: string }): string {
  return `${code} ${reason}`;
}

/** Lines under a title in the margin, their cells in columns. */
function titled(title: string, lines: readonly Line[]): readonly string[] {
  const widths = columnsOf(lines);
  return lines.map((line, index) => {
    const margin = (index === 0 ? title : "").padEnd(MARGIN.length);
    return `${pc.bold(margin)}${rowOf(line, widths)}`.trimEnd();
  });
}

const indentOf = ({ depth }: Line): number => depth * 2;

function columnsOf(lines: readonly Line[]): readonly number[] {
  const rows = lines.filter(({ cells }) => cells.length > 1);
  const widthOf = (line: Line, column: number): number => (line.cells[column] ?? "").length + (column === 0 ? indentOf(line) : 0);
  return [0, 1, 2].map((column) =>
    Math.min(WIDEST, Math.max(0, ...(rows.length === 0 ? lines : rows).map((line) => widthOf(line, column)))),
  );
}

function rowOf(line: Line, widths: readonly number[]): string {
  const { cells, tail, decided, verdict } = line;
  const padded = cells.map((cell, column) => cell.padEnd((widths[column] ?? 0) - (column === 0 ? indentOf(line) : 0)));
  const text = [...padded, tail].filter((cell) => cell.trim() !== "" || cells.length > 1).join("  ");
  return `${" ".repeat(indentOf(line))}${MARKS[verdict]} ${decided ? pc.bold(text) : text}${decided ? pc.dim("  ← decides") : ""}`;
}

/** What the operators mean, each once, in the order in which they stand. */
function legend(conditions: readonly ExplainedCondition[]): readonly string[] {
  const sentences = new Map(conditions.flatMap(operatorsOf));
  const width = Math.max(0, ...[...sentences.keys()].map((name) => name.length));
  return [...sentences].map(([name, summary]) => pc.dim(`${name.padEnd(width)}  ${summary}`));
}

function operatorsOf({ operator, summary, test, parts }: ExplainedCondition): readonly (readonly [string, string])[] {
  const inElements = (test?.looked ?? []).flatMap(({ condition }) => (condition === undefined ? [] : operatorsOf(condition)));
  const own = test === undefined ? [] : [[operator, summary] as const];
  return [...own, ...inElements, ...parts.flatMap(operatorsOf)];
}
