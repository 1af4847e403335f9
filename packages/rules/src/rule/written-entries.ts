import { isRow, type Value } from "@backstitch/core/values";
import type { WrittenEntry } from "../analysis/written.ts";
import type { Located } from "../json/index.ts";
import type { ThenSurroundings } from "./compile-then.ts";
import type { CompiledThen } from "./compiled-rule.ts";

/** The entries for the analysis, each with what was compiled of it. */
export function writtenEntries(
  { services }: ThenSurroundings,
  { located, entries }: { readonly located: Located; readonly entries: Value | undefined },
  compiled: readonly CompiledThen[],
): WrittenEntry[] {
  const left = compiled.values();
  return (Array.isArray(entries) ? (entries as readonly Value[]) : []).flatMap((entry, index) => {
    if (!isRow(entry)) return [];
    const { service, action, each, with: args = {} } = entry;
    if (typeof service !== "string" || typeof action !== "string") return [];
    const schema = services.get(service)?.get(action)?.args;
    return [{ located, at: ["then", index], service, action, when: left.next().value?.when?.form, each, args, schema }];
  });
}
