import type { Node } from "./node.ts";

/** A range lies in several cells. */
const RANGE = 4;

/** In how many places a rule lies that is put under the node, about. */
export function waysOf(node: Node): number {
  switch (node.kind) {
    case "unknown":
      return 1;
    case "all":
      return node.of.reduce((most, part) => Math.max(most, waysOf(part)), 1);
    case "any":
      return node.of.reduce((sum, part) => sum + waysOf(part), 0);
    case "leaf": {
      const { lookup } = node;
      return lookup.by === "value" ? lookup.keys.length : lookup.by === "number" || lookup.by === "text" ? RANGE : lookup.texts.length;
    }
  }
}
