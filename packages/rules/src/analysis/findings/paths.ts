import type { Problem } from "@backstitch/core/rules";
import type { Condition, Operand } from "../../condition/form.ts";
import type { Mark } from "../../condition/marks.ts";
import type { Path } from "../../path/resolve-path.ts";
import { argumentsOf, throughList } from "../arguments.ts";
import { unknownArguments, unknownPaths, type UnknownPaths } from "../known-paths.ts";
import { leavesOf, type FoundLeaf } from "../leaves.ts";
import { everyGuard, type Check, type Study } from "../study.ts";
import { markOf, warning, warningAt } from "../warning.ts";

const CODE = "DATA_PATH_UNKNOWN";

/** Paths that the data does not have, as far as the data is known. */
export const paths: Check = {
  finds: { [CODE]: "a path that is no column of the table, that no sample row has, or that is no argument of a guard's actions" },
  *find(study) {
    for (const rule of study.rules) {
      const unknown = unknownPaths(rule, study.input);
      const ofRow: UnknownPaths = (path) => (isOfRow(path) ? unknown(path) : undefined);
      yield* inCondition(study, rule.condition, ofRow);
      for (const entry of rule.entries) {
        if (entry.when !== undefined) yield* inCondition(study, entry.when, (path) => ofRow(throughList(entry, path)));
      }
      for (const { reads } of argumentsOf(study, rule)) {
        for (const { path, place } of reads) {
          const found = ofRow(path);
          if (found !== undefined) yield warningAt(place, { code: CODE, ...found });
        }
      }
    }
    for (const guard of everyGuard(study)) yield* inCondition(study, guard.condition, unknownArguments(guard));
  },
};

function isOfRow({ root }: Path): boolean {
  return root === "before" || root === "after" || root === "key";
}

function* inCondition(study: Study, condition: Condition, unknown: UnknownPaths): Iterable<Problem> {
  for (const found of leavesOf(condition)) {
    const mark = markOf(study.marks, found.leaf);
    if (mark === undefined) continue;
    for (const { path, at, key } of placesOf(found, mark)) {
      const fault = unknown(path);
      if (fault !== undefined) yield warning({ ...mark, at }, { code: CODE, ...fault }, key ? "key" : "value");
    }
  }
}

interface PathPlace {
  readonly path: Path;
  readonly at: Mark["at"];
  /** It is the name of a property. */
  readonly key: boolean;
}

function* placesOf({ leaf, inside }: FoundLeaf, mark: Mark): Iterable<PathPlace> {
  const left = { at: keyOf(mark.at), key: true };
  switch (leaf.kind) {
    case "test":
      yield { path: whole(leaf.path, inside), ...left };
      yield* ofOperand(leaf.operand, mark);
      if (leaf.path.root === "changed" && leaf.path.segments.length === 0) yield* ofNames(leaf.operand, mark);
      return;
    case "element":
      return yield { path: whole(leaf.path, inside), ...left };
    case "change":
      yield { path: { root: "after", segments: leaf.field }, ...left };
      return yield* ofOperand(leaf.operand, mark);
    case "library":
      yield { path: leaf.fact, at: [...mark.at, "path"], key: false };
      if (leaf.operand.kind === "fact") yield { path: leaf.operand.fact, at: [...mark.at, "value", "path"], key: false };
      return;
    case "engine":
      for (const path of leaf.reads) yield { path, at: mark.at, key: false };
  }
}

/** Inside `$elemMatch` a path goes on from the array's. */
function whole(path: Path, inside: FoundLeaf["inside"]): Path {
  const [first] = inside;
  if (path.root !== "element" || first === undefined) return path;
  const within = [...inside.slice(1).map((one) => one.path), path].flatMap(({ segments }) => segments);
  return { root: first.path.root, segments: [...first.path.segments, ...within] };
}

function* ofOperand(operand: Operand, mark: Mark): Iterable<PathPlace> {
  if (operand.kind === "path") yield { path: operand.path, at: [...mark.at, "$path"], key: false };
  if (operand.kind !== "list") return;
  for (const [index, item] of operand.items.entries()) yield* ofOperand(item, { ...mark, at: [...mark.at, index] });
}

/** `changed` holds names of columns. */
function* ofNames(operand: Operand, { at }: Mark): Iterable<PathPlace> {
  if (operand.kind !== "literal") return;
  for (const name of [operand.value].flat() as readonly unknown[]) {
    if (typeof name === "string") yield { path: { root: "after", segments: [name] }, at, key: false };
  }
}

/** The path is the name under which operators and positions stand. */
function keyOf(at: Mark["at"]): Mark["at"] {
  const last = at.findLastIndex((segment) => typeof segment === "string" && !segment.startsWith("$"));
  return at.slice(0, last + 1);
}
