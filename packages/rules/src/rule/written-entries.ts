import { isRow, type Value } from "@backstitch/core/values";
import type { WrittenEntry, WrittenLink } from "../analysis/written.ts";
import type { Mark } from "../condition/marks.ts";
import type { Located } from "../json/index.ts";
import type { ThenSurroundings } from "./then-context.ts";
import type { ThenForm } from "./form.ts";

/** The entries for the analysis, each with what it was lowered to. */
export function writtenEntries(
  around: ThenSurroundings,
  { located, entries }: { readonly located: Located; readonly entries: Value | undefined },
  lowered: readonly ThenForm[],
): WrittenEntry[] {
  const left = lowered.values();
  return (Array.isArray(entries) ? (entries as readonly Value[]) : []).flatMap((entry, index) => {
    if (!isRow(entry)) return [];
    const { service, action, each, with: args = {} } = entry;
    if (typeof service !== "string" || typeof action !== "string") return [];
    const schema = around.services.get(service)?.get(action)?.args;
    const at = ["then", index];
    const links = writtenLinks(around, entry["links"], { located, at: [...at, "links"] });
    return [{ located, at, service, action, when: left.next().value?.when, each, args, schema, links }];
  });
}

function writtenLinks({ links: known }: ThenSurroundings, links: Value | undefined, { located, at }: Mark): readonly WrittenLink[] {
  return Object.entries(isRow(links) ? links : {}).flatMap(([name, link]) => {
    if (!isRow(link) || typeof link["service"] !== "string") return [];
    const { service, with: args = {} } = link;
    return [{ located, at: [...at, name], name, service, args, schema: known?.get(service)?.args }];
  });
}
