import { isList, isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { isLiteralForm } from "../../condition/lower-operand.ts";
import { CHANGE_OPERATORS } from "../../condition/operators/index.ts";
import type { LocatedPath } from "../../json/index.ts";
import { dropped, renamed, replaced, withoutNot, type Changes, type Siblings } from "./change.ts";
import { operandChanges, pathsBeside } from "./operands.ts";

/** What each operator is mistaken for. */
const INSTEAD: Readonly<Record<string, readonly string[]>> = {
  $and: ["$or"],
  $or: ["$and"],
  $nor: ["$or"],
  $lt: ["$lte"],
  $lte: ["$lt"],
  $gt: ["$gte"],
  $gte: ["$gt"],
  $eq: ["$ne"],
  $ne: ["$eq"],
  $in: ["$nin"],
  $nin: ["$in"],
  $all: ["$in"],
  $changedFrom: ["$changedTo"],
  $changedTo: ["$changedFrom", "$eq"],
  $increasedBy: ["$decreasedBy"],
  $decreasedBy: ["$increasedBy"],
};

/** Changes of an expression. */
export function* expressionChanges(value: Value, at: LocatedPath, siblings: Siblings): Changes {
  if (!isRow(value)) return;
  yield* groupChanges(value, at);
  for (const [key, item] of Object.entries(value)) {
    const inside = [...at, key];
    if (key === "$not") {
      yield withoutNot(value, at, ["$not", "$and"]);
      yield* expressionChanges(item, inside, siblings);
    } else if (key.startsWith("$")) {
      for (const to of INSTEAD[key] ?? []) yield* renamed(value, at, key, to);
      if (isList(item)) yield* dropped(item, inside);
      if (isList(item)) for (const [index, one] of item.entries()) yield* expressionChanges(one, [...inside, index], siblings);
    } else {
      for (const to of pathsInstead(key, item, siblings)) yield* renamed(value, at, key, to);
      yield* fieldChanges(item, inside, siblings);
    }
  }
}

/** How a field changed is told from both sides: there the other side is the same. */
function pathsInstead(path: string, value: Value, siblings: Siblings): readonly string[] {
  const ofChange = isOfOperators(value) && Object.keys(value).every((key) => CHANGE_OPERATORS.has(key));
  const side = /^(before|after)\b/.exec(path)?.[0];
  const otherSide = side === undefined || ofChange ? [] : [(side === "before" ? "after" : "before") + path.slice(side.length)];
  return [...otherSide, ...pathsBeside(path, siblings)];
}

/** Changes of what stands under a path. */
function* fieldChanges(value: Value, at: LocatedPath, siblings: Siblings): Changes {
  if (!isOfOperators(value)) {
    yield replaced(at, "not equal", { $ne: value });
    yield* operandChanges(value, at, siblings);
    return;
  }
  yield* groupChanges(value, at);
  for (const [key, item] of Object.entries(value)) {
    const inside = [...at, key];
    for (const to of INSTEAD[key] ?? []) yield* renamed(value, at, key, to);
    if (key === "$not") {
      yield withoutNot(value, at, ["$not", "$and"]);
      yield* fieldChanges(item, inside, siblings);
    } else if (key === "$elemMatch") yield* elementChanges(item, inside);
    else if (isLogic(key) && isList(item)) {
      yield* dropped(item, inside);
      for (const [index, one] of item.entries()) yield* fieldChanges(one, [...inside, index], siblings);
    } else yield* operandChanges(item, inside, siblings);
  }
}

/** Inside an element nothing is known of the names beside one. */
function elementChanges(value: Value, at: LocatedPath): Changes {
  return isOfOperators(value) ? fieldChanges(value, at, () => []) : expressionChanges(value, at, () => []);
}

/** What stands side by side must hold together: without one of them, and any of them in place of all. */
function* groupChanges(row: Row, at: LocatedPath): Changes {
  const units = Object.keys(row).filter((key) => key !== "$options");
  if (units.length < 2) return;
  const only = (key: string): readonly string[] => (key === "$regex" ? [key, "$options"] : [key]);
  const pick = (keep: (key: string) => boolean): Row => rowFrom(Object.entries(row).filter(([key]) => keep(key)));
  for (const key of units) {
    yield { shownAt: [...at, key], what: "key", says: `left out ${key}`, at, to: () => pick((one) => !only(key).includes(one)) };
  }
  const any = (): Row => ({ $or: units.map((key) => pick((one) => only(key).includes(one))) });
  yield { shownAt: at, what: "value", says: "all → any", at, to: any };
}

function isOfOperators(value: Value): value is Row {
  return isRow(value) && !isLiteralForm(value) && Object.keys(value).some((key) => key.startsWith("$"));
}

function isLogic(key: string): boolean {
  return key === "$and" || key === "$or" || key === "$nor";
}
