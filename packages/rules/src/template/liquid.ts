import type { Lands } from "@backstitch/core/connector";
import { Liquid } from "liquidjs";
import { exactOperators } from "./exact-number.ts";
import { outputFilter, registerFilters } from "./filters.ts";
import { registerTags } from "./tags.ts";

/** Characters that one rendering may make, loops and intermediate texts included: room for an object of 16 MB. */
const MEMORY_LIMIT = 40_000_000;
const LONGEST_TEMPLATE = 1_048_576;
/** A last resort; the memory limit counts every turn and every character, and strikes first. */
const SLOWEST_MS = 10_000;

/** One Liquid for each place that values land in, since escaping is decided when a template is parsed. */
export type Liquids = (lands: Lands) => Liquid;

/** @param templates text of the files in `templates/`, by name: what `{% render %}` may name */
export function liquids(templates: ReadonlyMap<string, string>): Liquids {
  const made = new Map<Lands, Liquid>();
  return (lands) => {
    const known = made.get(lands);
    if (known !== undefined) return known;
    const liquid = newLiquid(lands, templates);
    made.set(lands, liquid);
    return liquid;
  };
}

function newLiquid(lands: Lands, templates: ReadonlyMap<string, string>): Liquid {
  const liquid = new Liquid({
    strictVariables: true,
    strictFilters: true,
    lenientIf: true,
    ownPropertyOnly: true,
    memoryLimit: MEMORY_LIMIT,
    parseLimit: LONGEST_TEMPLATE,
    renderLimit: SLOWEST_MS,
    cache: true,
    locale: "en-US",
    timezoneOffset: 0,
    operators: exactOperators,
    outputEscape: outputFilter(lands),
    templates: Object.assign(Object.create(null) as Record<string, string>, Object.fromEntries(templates)),
  });
  registerFilters(liquid, lands);
  registerTags(liquid);
  return liquid;
}
