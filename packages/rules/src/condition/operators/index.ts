import { all } from "./all.ts";
import { changed } from "./changed.ts";
import { changedFrom } from "./changed-from.ts";
import { changedTo } from "./changed-to.ts";
import { decreasedBy } from "./decreased-by.ts";
import { elemMatch } from "./elem-match.ts";
import { eq } from "./eq.ts";
import { exists } from "./exists.ts";
import { gt } from "./gt.ts";
import { gte } from "./gte.ts";
import { isIn } from "./in.ts";
import { increasedBy } from "./increased-by.ts";
import { lt } from "./lt.ts";
import { lte } from "./lte.ts";
import { ne } from "./ne.ts";
import { nin } from "./nin.ts";
import type { ChangeOperator, Negation, Operator } from "./operator.ts";
import { regex } from "./regex.ts";
import { size } from "./size.ts";

/** Operators over a value. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ["$eq", eq],
  ["$gt", gt],
  ["$gte", gte],
  ["$lt", lt],
  ["$lte", lte],
  ["$in", isIn],
  ["$exists", exists],
  ["$regex", regex],
  ["$size", size],
  ["$all", all],
]);

export const NEGATIONS: ReadonlyMap<string, Negation> = new Map([
  ["$ne", ne],
  ["$nin", nin],
]);

/** Operators over how a field changed. */
export const CHANGE_OPERATORS: ReadonlyMap<string, ChangeOperator> = new Map([
  ["$changed", changed],
  ["$changedFrom", changedFrom],
  ["$changedTo", changedTo],
  ["$increasedBy", increasedBy],
  ["$decreasedBy", decreasedBy],
]);

/** What may stand under a path, with its sentence for people. */
export const SUMMARIES: ReadonlyMap<string, string> = new Map([
  ...[...OPERATORS, ...NEGATIONS, ...CHANGE_OPERATORS].map(([name, { summary }]) => [name, summary] as const),
  ["$elemMatch", elemMatch.summary],
  ["$and", "Every one of the conditions."],
  ["$or", "At least one of the conditions."],
  ["$nor", "None of the conditions."],
  ["$not", "Not the condition; undecided stays undecided."],
]);
