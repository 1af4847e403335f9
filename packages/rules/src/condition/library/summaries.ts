const OPERATORS: ReadonlyMap<string, string> = new Map([
  ["equal", "The same value, of the same type; objects and lists only equal themselves."],
  ["notEqual", "Not the same value, or not of the same type."],
  ["in", "One of the items of the value, or a part of it where it is a text."],
  ["notIn", "None of the items of the value, nor a part of it where it is a text."],
  ["contains", "A list with the value among its items."],
  ["doesNotContain", "A list without the value among its items."],
  ["lessThan", "Less than the value, by JavaScript's order."],
  ["lessThanInclusive", "At most the value, by JavaScript's order."],
  ["greaterThan", "Greater than the value, by JavaScript's order."],
  ["greaterThanInclusive", "At least the value, by JavaScript's order."],
]);

const DECORATORS: ReadonlyMap<string, string> = new Map([
  ["someFact", "For at least one item of the fact"],
  ["everyFact", "For every item of the fact"],
  ["someValue", "For at least one item of the value"],
  ["everyValue", "For every item of the value"],
  ["swap", "With fact and value exchanged"],
  ["not", "Not"],
]);

/** json-rules-engine's operators in a sentence for people: `For every item of the fact: Less than the value, by JavaScript's order.` */
export function librarySummary(name: string): string {
  const names = name.split(":");
  const operator = OPERATORS.get(names.at(-1) ?? "") ?? "An operator of your own.";
  return [...names.slice(0, -1).map((decorator) => DECORATORS.get(decorator) ?? decorator), operator].join(": ");
}
