import type { Condition } from "../../condition/form.ts";
import type { Node } from "./leaf.ts";

const opposites = new WeakMap<Node, Node>();
const keys = new WeakMap<Node, string>();

/** What is true where the node is false; undecided stays undecided. */
export function opposite(node: Node): Node {
  const known = opposites.get(node);
  if (known !== undefined) return known;
  const made = turned(node);
  opposites.set(node, made);
  opposites.set(made, node);
  return made;
}

function turned(node: Node): Node {
  switch (node.kind) {
    case "const":
      return { ...node, value: !node.value };
    case "literal":
      return { ...node, negated: !node.negated };
    case "all":
      return { ...node, kind: "any", parts: node.parts.map(opposite) };
    case "any":
      return { ...node, kind: "all", parts: node.parts.map(opposite) };
  }
}

/** Whether a test says by its own name or operand the opposite of what stands for it: `notEqual`, `{"$changed": false}`. */
export function isWrittenNegated(condition: Condition): boolean {
  if (condition.kind === "library") return /^not(?::|Equal$|In$)/.test(condition.operator);
  if (condition.kind !== "change" || condition.operator !== "$changed") return false;
  return condition.operand.kind === "literal" && condition.operand.value === false;
}

/** The same for nodes that mean the same by the same tests, in whatever order. */
export function keyOf(node: Node): string {
  const known = keys.get(node);
  if (known !== undefined) return known;
  const key = keyFor(node);
  keys.set(node, key);
  return key;
}

function keyFor(node: Node): string {
  if (node.kind === "const") return String(node.value);
  if (node.kind === "literal") return `${node.negated ? "-" : ""}${node.leaf.id}`;
  const unique = [...new Set(flat(node, node.kind).map(keyOf))].sort();
  return unique.length === 1 ? (unique[0] ?? "") : `${node.kind}(${unique.join()})`;
}

function flat(node: Node, kind: "all" | "any"): readonly Node[] {
  return node.kind === kind ? node.parts.flatMap((part) => flat(part, kind)) : [node];
}
