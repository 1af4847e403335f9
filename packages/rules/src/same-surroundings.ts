import type { RuleFile, RuleFiles } from "./files.ts";
import type { CatalogueAction } from "./rule/then-context.ts";
import type { Catalogue } from "./rule/rule-context.ts";

type Actions = ReadonlyMap<string, CatalogueAction> | undefined;

/** All that a rule is compiled with, beside its own file. */
export interface CompiledWith {
  readonly files: Pick<RuleFiles, "conditions" | "templates" | "values">;
  readonly catalogue: Catalogue;
}

/** Whether a rule file that is the same compiles to the same rule. */
export function sameSurroundings({ files: one, catalogue: left }: CompiledWith, { files: other, catalogue: right }: CompiledWith): boolean {
  return (
    sameFiles(one.conditions, other.conditions) &&
    sameFiles(one.templates, other.templates) &&
    sameFiles(one.values, other.values) &&
    left.validate === right.validate &&
    left.extensions === right.extensions &&
    sameLists(left.sources, right.sources, (source, name) => source === name) &&
    sameMaps(left.services, right.services, sameActions) &&
    sameMaps(left.links ?? NO_LINKS, right.links ?? NO_LINKS, (one, other) => one.args === other.args) &&
    sameMaps(left.turns ?? NONE, right.turns ?? NONE, sameSegments)
  );
}

const NONE: ReadonlyMap<string, readonly string[]> = new Map();

const NO_LINKS: NonNullable<Catalogue["links"]> = new Map();

function sameSegments(left: readonly string[], right: readonly string[]): boolean {
  return sameLists(left, right, (one, other) => one === other);
}

function sameFiles(left: readonly RuleFile[], right: readonly RuleFile[]): boolean {
  return sameLists(left, right, (one, other) => one.path === other.path && one.text === other.text);
}

function sameActions(left: Actions, right: Actions): boolean {
  if (left === undefined || right === undefined) return left === right;
  return sameMaps(left, right, (one, other) => one.args === other.args && one.repeat === other.repeat);
}

function sameLists<Item>(left: readonly Item[], right: readonly Item[], same: (one: Item, other: Item) => boolean): boolean {
  return left.length === right.length && left.every((item, index) => same(item, right[index] as Item));
}

/** In the same order, since problems list names as they stand. */
function sameMaps<Item>(
  left: ReadonlyMap<string, Item>,
  right: ReadonlyMap<string, Item>,
  same: (one: Item, other: Item) => boolean,
): boolean {
  return sameLists([...left], [...right], ([name, item], [other, item2]) => name === other && same(item, item2));
}
