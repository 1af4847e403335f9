import type { Facts } from "../facts/facts.ts";
import type { CompiledRule } from "../rule/compiled-rule.ts";
import type { Finder } from "./finder.ts";
import type { Entry, Hits } from "./index/bucket.ts";
import { newEntry, RuleStore, type Group } from "./index/rule-store.ts";
import { revise } from "./revise.ts";

/** The rules that look at events of one kind, in groups. */
export type Drawer = readonly Group[];

/** Finds the rules that an event must be shown to. A filing that was revised goes on finding its own. */
export interface Filing extends Finder<Drawer> {
  search(drawer: Drawer, facts: Facts): Pick<Hits, "entries" | "size">;
  /** The filing of other rules. What both have stays where it is. */
  revise(rules: readonly CompiledRule[]): Filing;
}

/** Files rules by source, collection, origin and operation, and there by what their conditions need. */
export function fileRules(rules: readonly CompiledRule[]): Filing {
  const entries = inForce(rules).map(newEntry);
  return newFiling({ entries, store: new RuleStore(entries), from: undefined });
}

/** One state of a store that several filings share. The store shows one of them; each of the others knows how it differs from a next one. */
interface Version {
  readonly entries: readonly Entry[];
  readonly store: RuleStore;
  /** Undefined: the store shows this one. */
  from: { readonly version: Version; readonly added: readonly Entry[]; readonly removed: readonly Entry[] } | undefined;
}

function newFiling(version: Version): Filing {
  const { entries, store } = version;
  return {
    find(event) {
      if (version.from !== undefined) show(version);
      return store.groupsOf(event);
    },
    search(drawer, facts) {
      // Another version may have been shown since the drawer was found; groups stay.
      if (version.from !== undefined) show(version);
      return store.search(drawer, facts);
    },
    revise(rules) {
      // Where no event comes between two reloads, this one is not kept for the sake of the next.
      if (version.from !== undefined) show(version);
      const kept = inForce(rules);
      const revised = revise(entries, kept);
      if (revised === undefined) return fileRules(kept);
      const { added, removed } = revised;
      return newFiling({ entries: revised.entries, store, from: { version, added, removed } });
    },
  };
}

function inForce(rules: readonly CompiledRule[]): readonly CompiledRule[] {
  return rules.filter(({ summary }) => summary.enabled);
}

/** Brings the store from the version that it shows to another, and turns the way around. */
function show(wanted: Version): void {
  const way: Version[] = [];
  for (let version: Version | undefined = wanted; version?.from !== undefined; version = version.from.version) way.push(version);
  for (const version of way.reverse()) {
    if (version.from === undefined) continue;
    const { version: shown, added, removed } = version.from;
    for (const entry of removed) version.store.remove(entry);
    for (const entry of added) version.store.add(entry);
    shown.from = { version, added: removed, removed: added };
    version.from = undefined;
  }
}
