import { argumentsThatFail } from "./findings/arguments.ts";
import { costs } from "./findings/costs.ts";
import { changes } from "./findings/changes.ts";
import { guards } from "./findings/guards.ts";
import { groups } from "./findings/groups.ts";
import { libraryOperands } from "./findings/library-operands.ts";
import { links } from "./findings/links.ts";
import { lists } from "./findings/lists.ts";
import { onlyArray } from "./findings/only-array.ts";
import { operations } from "./findings/operations.ts";
import { pairs } from "./findings/pairs.ts";
import { paths } from "./findings/paths.ts";
import { patterns } from "./findings/patterns.ts";
import { truth } from "./findings/truth.ts";
import { unused } from "./findings/unused.ts";
import type { Check } from "./study.ts";

/** Everything that is looked for in rules that compile. */
export const CHECKS: readonly Check[] = [
  truth,
  onlyArray,
  changes,
  groups,
  lists,
  libraryOperands,
  patterns,
  operations,
  paths,
  argumentsThatFail,
  costs,
  links,
  pairs,
  guards,
  unused,
];

/** Code → what it means, for the docs. */
export const FINDINGS: ReadonlyMap<string, string> = new Map(CHECKS.flatMap(({ finds }) => Object.entries(finds)));
