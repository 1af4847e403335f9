import type { Condition } from "../../condition/form.ts";
import { mayReject } from "../../condition/size-of.ts";
import type { Path } from "../../path/resolve-path.ts";
import type { Fields } from "./field.ts";
import { libraryNode } from "./library-leaf.ts";
import { NEVER, UNKNOWN, type Node } from "./node.ts";
import { changeNode, testNode } from "./test-leaf.ts";

/** What an event must hold for a condition to be true, undecided or rejected: what may be rejected is asked of every event. */
export function treeOf(condition: Condition, fields: Fields): Node {
  return mayReject(condition) ? UNKNOWN : nodeOf(condition, { fields, elements: [], negated: false });
}

interface Place {
  readonly fields: Fields;
  /** The arrays whose element the condition is about, outermost first. */
  readonly elements: readonly Path[];
  /** Whether the node is to say when the condition is not true. */
  readonly negated: boolean;
}

function nodeOf(condition: Condition, place: Place): Node {
  const { fields, elements, negated } = place;
  switch (condition.kind) {
    case "const":
      // Of an element it is undecided where the array was not sent.
      return condition.value === negated && elements.length === 0 ? NEVER : UNKNOWN;
    case "not":
      return nodeOf(condition.condition, { ...place, negated: !negated });
    case "and":
      return group(negated ? "any" : "all", condition.all, place);
    case "or":
      return group(negated ? "all" : "any", condition.any, place);
    case "test":
      return negated ? UNKNOWN : testNode(condition, fields, elements);
    case "element":
      return negated ? UNKNOWN : elementNode(condition, place);
    case "change":
      return changeNode(condition, fields, negated);
    case "library":
      return negated ? UNKNOWN : libraryNode(condition, fields);
    case "staged":
    case "engine":
      return UNKNOWN;
  }
}

/** An `any` with a part that is unknown is unknown, an `all` only where all parts are. */
function group(kind: "all" | "any", parts: readonly Condition[], place: Place): Node {
  const of = parts.map((part) => nodeOf(part, place));
  if (kind === "any") return of.some(isUnknown) ? UNKNOWN : { kind, of };
  const known = of.filter((node) => !isUnknown(node));
  const [first] = known;
  if (first === undefined) return UNKNOWN;
  return known.length === 1 ? first : { kind, of: known };
}

function isUnknown({ kind }: Node): boolean {
  return kind === "unknown";
}

function elementNode({ path, condition }: Extract<Condition, { kind: "element" }>, place: Place): Node {
  return nodeOf(condition, { ...place, elements: [...place.elements, path] });
}
