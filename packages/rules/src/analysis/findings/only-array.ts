import type { Problem } from "@backstitch/core/rules";
import { nameOfPath } from "../../path/resolve-path.ts";
import { described, whereabouts } from "../describe.ts";
import type { Literal, Node } from "../solver/leaf.ts";
import { askedOf, type Asked, type Check, type Study } from "../study.ts";
import { markOf, warning } from "../warning.ts";
import { inOrder } from "./prover.ts";

/** Two tests that no single value meets, but two elements of an array do. */
export const onlyArray: Check = {
  finds: { CONDITION_ONLY_ARRAY: "tests of one field that only an array can meet together, each by another element" },
  *find(study) {
    for (const asked of askedOf(study)) yield* inside(study, asked, asked.node);
  },
};

function* inside(study: Study, asked: Asked, node: Node): Iterable<Problem> {
  if (node.kind === "literal") {
    if (node.leaf.inner !== undefined) yield* inside(study, asked, node.leaf.inner);
    return;
  }
  if (node.kind === "const" || !study.solver.possible([node], asked.worlds.seen)) return;
  if (node.kind === "all") yield* together(study, asked, inOrder(study, literalsOf(node)) as readonly Literal[]);
  for (const part of node.parts) yield* inside(study, asked, part);
}

function* together(study: Study, { worlds }: Asked, literals: readonly Literal[]): Iterable<Problem> {
  for (const ofPath of Map.groupBy(literals, ({ leaf }) => leaf.about && nameOfPath(leaf.about.path)).values()) {
    if (!ofPath.every(isOfOneValue) || ofPath.length < 2) continue;
    const found = ofPath.findIndex((_, index) => index > 0 && study.solver.onlyByList(ofPath.slice(0, index + 1), worlds.seen));
    const later = ofPath[found];
    const mark = later && markOf(study.marks, later.origin);
    if (later === undefined || mark === undefined) continue;
    const other = ofPath.slice(0, found).find((one) => study.solver.onlyByList([one, later], worlds.seen)) ?? ofPath[0];
    if (other === undefined) continue;
    const path = later.leaf.about === undefined ? "" : nameOfPath(later.leaf.about.path);
    yield warning(mark, {
      code: "CONDITION_ONLY_ARRAY",
      message: `No single value meets both ${JSON.stringify(described(other.origin)).replaceAll('\\"', "'")} at ${whereabouts(markOf(study.marks, other.origin), mark)} and this: only an array can, with two elements.`,
      remedy: `If ${JSON.stringify(path)} is no array, the two are never true together. If one element must meet both, write "$elemMatch".`,
    });
  }
}

/** Nothing that is written so is meant for arrays. */
function isOfOneValue({ leaf, origin }: Literal): boolean {
  const { about } = leaf;
  if (about === undefined || about.reads === "library" || about.ofLists) return false;
  return !(origin.kind === "test" && origin.operator === "$all");
}

function literalsOf(node: Node): readonly Literal[] {
  if (node.kind === "literal") return [node];
  return node.kind === "all" ? node.parts.flatMap(literalsOf) : [];
}
