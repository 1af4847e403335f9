import type { Condition, Operand } from "./form.ts";
import type { Path } from "../path/resolve-path.ts";

/**
 * What is missing equals null, and a document without an owner would be everybody's who has no id: nobody's who logged in, or whose token lacks a claim.
 * So what is read of who asks, and compared with what is read elsewhere, must be there. What is compared with a value that is written stays as it is:
 * `{"user.data.role": null}` asks on purpose.
 */
export function withKnownSides(condition: Condition): Condition {
  switch (condition.kind) {
    case "and":
      return { ...condition, all: condition.all.map(withKnownSides) };
    case "or":
      return { ...condition, any: condition.any.map(withKnownSides) };
    case "not":
    case "element":
      return { ...condition, condition: withKnownSides(condition.condition) };
    case "test":
      return ofTest(condition);
    case "library":
      return condition.operand.kind === "fact" ? whereKnown(condition, [condition.fact, condition.operand.fact]) : condition;
    case "staged":
      return { ...condition, stages: condition.stages.map((parts) => parts.map(withKnownSides)) };
    case "const":
    case "change":
    case "engine":
      return condition;
  }
}

type Test = Extract<Condition, { readonly kind: "test" }>;

function ofTest(test: Test): Condition {
  const { path, operator, operand } = test;
  // One of several items may be missing, and the others count.
  if (operator === "$in" && operand.kind === "list") return { kind: "or", any: operand.items.map((item) => ofTest(equals(path, item))) };
  const paths = pathsOf(operand);
  return paths.length === 0 ? test : whereKnown(test, [path, ...paths]);
}

function equals(path: Path, operand: Operand): Test {
  return { kind: "test", path, operator: "$eq", operand };
}

function pathsOf(operand: Operand): readonly Path[] {
  if (operand.kind === "path") return [operand.path];
  return operand.kind === "list" ? operand.items.flatMap(pathsOf) : [];
}

function whereKnown(condition: Condition, paths: readonly Path[]): Condition {
  const ofAsker = paths.filter(({ root }) => root === "user" || root === "request");
  if (ofAsker.length === 0) return condition;
  const isThere = (path: Path): Condition => ({ kind: "not", condition: equals(path, { kind: "literal", value: null }) });
  return { kind: "and", all: [condition, ...ofAsker.map(isThere)] };
}
