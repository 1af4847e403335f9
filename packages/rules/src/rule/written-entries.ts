import { isRow, type Value } from "@backstitch/core/values";
import type { WrittenEntry } from "../analysis/written.ts";
import { lowerCondition } from "../condition/lower.ts";
import { insideEach, type ThenContext } from "./compile-then.ts";

/** The entries for the analysis, their conditions lowered so that it is known where they stand. */
export function writtenEntries(context: ThenContext, entries: Value | undefined): WrittenEntry[] {
  return (Array.isArray(entries) ? (entries as readonly Value[]) : []).flatMap((entry, index) => {
    if (!isRow(entry)) return [];
    const { service, action, when, each, with: args = {} } = entry;
    if (typeof service !== "string" || typeof action !== "string") return [];
    const { located, services } = context;
    const at = ["then", index];
    const inside = each === undefined ? context : insideEach(context);
    const lowering = { ...inside, trail: [], inElement: false };
    const condition = when === undefined ? undefined : lowerCondition(lowering, when, [...at, "when"]);
    return [{ located, at, service, action, when: condition, each, args, schema: services.get(service)?.get(action)?.args }];
  });
}
