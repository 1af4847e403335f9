import { isRow, type Value } from "@backstitch/core/values";
import type { WrittenEntry } from "../analysis/written.ts";
import type { Located } from "../json/index.ts";
import type { ThenSurroundings } from "./lower-then.ts";
import type { ThenForm } from "./form.ts";

/** The entries for the analysis, each with what it was lowered to. */
export function writtenEntries(
  { services }: ThenSurroundings,
  { located, entries }: { readonly located: Located; readonly entries: Value | undefined },
  lowered: readonly ThenForm[],
): WrittenEntry[] {
  const left = lowered.values();
  return (Array.isArray(entries) ? (entries as readonly Value[]) : []).flatMap((entry, index) => {
    if (!isRow(entry)) return [];
    const { service, action, each, with: args = {} } = entry;
    if (typeof service !== "string" || typeof action !== "string") return [];
    const schema = services.get(service)?.get(action)?.args;
    return [{ located, at: ["then", index], service, action, when: left.next().value?.when, each, args, schema }];
  });
}
