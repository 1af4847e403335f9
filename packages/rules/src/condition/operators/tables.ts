import { all } from "./all.ts";
import { changed } from "./changed.ts";
import { changedFrom } from "./changed-from.ts";
import { changedTo } from "./changed-to.ts";
import { decreasedBy } from "./decreased-by.ts";
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
import { size } from "./size.ts";

/** Operators over a value: all but `$regex`, whose patterns are a library's. */
export const PLAIN_OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ["$eq", eq],
  ["$gt", gt],
  ["$gte", gte],
  ["$lt", lt],
  ["$lte", lte],
  ["$in", isIn],
  ["$exists", exists],
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
