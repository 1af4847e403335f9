import type { ChangeEvent } from "@backstitch/core/source";
import type { Facts } from "../facts/facts.ts";
import type { CompiledRule } from "../rule/compiled-rule.ts";

/** Finds the rules that an event must be shown to. */
export interface Finder<Drawer> {
  /** Undefined where no rule looks at such events. */
  find(event: ChangeEvent): Drawer | undefined;
  /** All rules of the drawer whose condition is not false, and perhaps more, in order. What it returns is the next search's, too. */
  search(drawer: Drawer, facts: Facts): Found;
}

export interface Found {
  readonly entries: readonly { readonly rule: CompiledRule }[];
  /** How many of the entries were found. */
  readonly size: number;
}

/** Looks at every rule: of few it takes less time than an index takes to be made. */
export function findAmongAll(rules: readonly CompiledRule[]): Finder<Found> {
  const enabled = rules.filter(({ summary }) => summary.enabled);
  return {
    find({ source, collection, origin, operation }) {
      const entries = enabled
        .filter(({ summary }) => summary.source === source && summary.collections.includes(collection))
        .filter(({ summary: { origins, operations } }) => origins.includes(origin) && operations.includes(operation))
        .map((rule) => ({ rule }));
      return entries.length === 0 ? undefined : { entries, size: entries.length };
    },
    search: (found) => found,
  };
}
