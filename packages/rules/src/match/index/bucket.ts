import type { Facts } from "../../facts/facts.ts";
import type { CompiledRule } from "../../rule/compiled-rule.ts";
import type { Node } from "./node.ts";

/** A rule in an index. */
export interface Entry {
  readonly rule: CompiledRule;
  /** Rules are decided by rising order. */
  readonly order: number;
  /** Whether it is in force: one that was removed stays where it is, unseen, until the index is made anew. */
  live: boolean;
  /** The number of the search that found it last. */
  found: number;
}

/** What a search has found. One object serves all of them. */
export interface Hits {
  /** As many as `size` says. */
  readonly entries: Entry[];
  size: number;
  search: number;
}

/** A rule under one of its tests, and what else must hold there. */
export interface Item {
  readonly entry: Entry;
  readonly rest: readonly Node[];
}

/** An index over the rest of what lies in one bucket. */
export interface SubIndex {
  /** How many items it can do nothing for. */
  readonly unindexed: number;
  add(item: Item): void;
  search(facts: Facts, hits: Hits): void;
  everything(hits: Hits): void;
}

/** Makes an index of a bucket that became large. */
export type Split = (items: readonly Item[]) => SubIndex;

/** More than these are looked through by an index of their own. */
const MOST = 3;

/** Rules that have a test in common. */
export class Bucket {
  private items: Item[];
  private sub: SubIndex | undefined = undefined;
  private most = MOST;

  constructor(first: Item) {
    this.items = [first];
  }

  add(item: Item): void {
    if (this.sub === undefined) this.items.push(item);
    else this.sub.add(item);
  }

  /** Splits what became too large. Splitting again what could not be split waits until there is twice as much. */
  settle(split: Split): void {
    if (this.sub !== undefined || this.items.length <= this.most) return;
    this.most = this.items.length * 2;
    if (this.items.every(({ rest }) => rest.length === 0)) return;
    const sub = split(this.items);
    if (sub.unindexed === this.items.length) return;
    this.sub = sub;
    this.items = [];
  }

  search(facts: Facts, hits: Hits): void {
    if (this.sub !== undefined) this.sub.search(facts, hits);
    else for (const item of this.items) hit(hits, item.entry);
  }

  everything(hits: Hits): void {
    if (this.sub !== undefined) this.sub.everything(hits);
    else for (const { entry } of this.items) hit(hits, entry);
  }
}

/** A rule that is reached on several ways is found once. */
export function hit(hits: Hits, entry: Entry): void {
  if (entry.found === hits.search || !entry.live) return;
  entry.found = hits.search;
  hits.entries[hits.size++] = entry;
}
