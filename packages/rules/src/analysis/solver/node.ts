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
