import type { Node } from "../solver/leaf.ts";
import { opposite } from "../solver/node.ts";
import { ANY_WORLD, type RuleWorlds, type Study } from "../study.ts";
import { markOf } from "../warning.ts";

/** What can be said of conditions in the worlds that a rule sees. */
export interface Prover {
  possible(nodes: readonly Node[]): boolean;
  /** If nothing were known of the columns. */
  possibleUntyped(nodes: readonly Node[]): boolean;
  /** If the rule looked at every operation. */
  possibleElsewhen(nodes: readonly Node[]): boolean;
  /** Wherever a named condition may be used. */
  possibleByItself(nodes: readonly Node[]): boolean;
  isAlways(node: Node): boolean;
  isAlwaysByItself(node: Node): boolean;
}

export function prover({ solver }: Study, { seen, everyOperation, untyped }: RuleWorlds): Prover {
  return {
    possible: (nodes) => solver.possible(nodes, seen),
    possibleUntyped: (nodes) => solver.possible(nodes, untyped),
    possibleElsewhen: (nodes) => solver.possible(nodes, everyOperation),
    possibleByItself: (nodes) => solver.possible(nodes, ANY_WORLD.seen),
    isAlways: (node) => seen.length > 0 && !solver.possible([opposite(node)], seen),
    isAlwaysByItself: (node) => !solver.possible([opposite(node)], ANY_WORLD.seen),
  };
}

/** What stands for a named condition, which is looked at by itself. */
export function isReference({ marks }: Study, node: Node): boolean {
  return marks.references.has(node.origin);
}

/** A group of none, of which more is said elsewhere. */
export function isEmptyGroup({ marks }: Study, node: Node): boolean {
  let { origin } = node;
  while (origin.kind === "not") origin = origin.condition;
  if (origin.kind !== "const") return false;
  const mark = markOf(marks, origin);
  return (
    mark !== undefined &&
    marks.groups.some(({ located, at, parts }) => parts === 0 && located === mark.located && at.join("/") === mark.at.join("/"))
  );
}

/** As they were written: json-rules-engine asks by priority. */
export function inOrder({ marks }: Study, nodes: readonly Node[]): readonly Node[] {
  const offsets = new Map(
    nodes.map((node) => {
      const mark = markOf(marks, node.origin);
      const place = mark?.located.placeOf(mark.at);
      return [node, place === undefined ? 0 : place.line * 1_000_000 + place.column] as const;
    }),
  );
  return nodes.toSorted((one, other) => (offsets.get(one) ?? 0) - (offsets.get(other) ?? 0));
}
