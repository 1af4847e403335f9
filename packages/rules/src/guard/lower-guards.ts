import { isRow, type Value } from "@backstitch/core/values";
import { NO_EXTENSIONS } from "../condition/extensions.ts";
import type { Condition } from "../condition/form.ts";
import { lowerCondition } from "../condition/lower.ts";
import type { NamedConditions } from "../condition/lowering.ts";
import type { Mark, Marks } from "../condition/marks.ts";
import { valueAt, type Located, type LocatedPath } from "../json/index.ts";
import { GUARD_ROOTS } from "../path/resolve-path.ts";
import type { Report } from "../problems/report.ts";
import type { Caller } from "./make-guard.ts";

/** A guard as it was written and lowered; the mark is that of the guard. */
export interface LoweredGuard extends Mark {
  readonly name: string;
  readonly actions: readonly string[];
  readonly callers: readonly Caller[];
  readonly condition: Condition;
}

export interface GuardLowering {
  readonly located: Located;
  readonly report: Report;
  readonly named: NamedConditions;
  /** Names of the files in `values/`. */
  readonly values: readonly string[];
  readonly marks?: Marks;
}

/** Lowers the guards that are listed at a path. */
export function lowerGuards({ values, ...given }: GuardLowering, path: LocatedPath): readonly LoweredGuard[] {
  const { located } = given;
  const entries = valueAt(located, path);
  const scope = { roots: GUARD_ROOTS, values };
  const lowering = { ...given, scope, trail: [], inElement: false, extensions: NO_EXTENSIONS };
  return (Array.isArray(entries) ? (entries as readonly Value[]) : []).flatMap((entry, index): LoweredGuard[] => {
    if (!isRow(entry)) return [];
    const at = [...path, index];
    const { name, actions, callers, when } = entry;
    const condition: Condition = when === undefined ? { kind: "const", value: true } : lowerCondition(lowering, when, [...at, "when"]);
    return [{ located, at, name: typeof name === "string" ? name : "", actions: texts(actions), callers: callersOf(callers), condition }];
  });
}

function callersOf(written: Value | undefined): readonly Caller[] {
  return written === undefined ? ["rules"] : texts(written).filter((one) => one === "rules" || one === "users");
}

function texts(value: Value | undefined): readonly string[] {
  return Array.isArray(value) ? (value as readonly Value[]).filter((item) => typeof item === "string") : [];
}
