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
  /** In how many places the rule lies by now, about. */
  readonly ways: number;
}

/** An index over the rest of what lies in one bucket. */
export interface SubIndex {
  /** How many items it can do nothing for. */
  readonly unindexed: number;
  add(item: Item): void;
  /** Finds nothing more where it was searched before in the same search: an event may hold one value many times. */
  search(facts: Facts, hits: Hits): void;
  everything(hits: Hits): void;
}

/** Makes an index of a bucket that became large. */
export type Split = (items: readonly Item[]) => SubIndex;

/** More than these are looked through by an index of their own. */
const MOST = 3;

interface Others {
  readonly items: Item[];
  /** More than these are split. */
  most: number;
  /** The number of the search that found them last. */
  found: number;
}

/** Rules that have a test in common; mostly it is one. */
export class Bucket {
  private entry: Entry | undefined;
  private readonly rest: readonly Node[];
  private readonly ways: number;
  private more: Others | undefined = undefined;
  private sub: SubIndex | undefined = undefined;

  constructor({ entry, rest, ways }: Item) {
    this.entry = entry;
    this.rest = rest;
    this.ways = ways;
  }

  add(item: Item): void {
    if (this.sub !== undefined) this.sub.add(item);
    else if (this.more === undefined) this.more = { items: [item], most: MOST, found: 0 };
    else this.more.items.push(item);
  }

  /** Splits what became too large. Splitting again what could not be split waits until there is twice as much. */
  settle(split: Split): void {
    const { entry, rest, ways, more } = this;
    if (more === undefined || entry === undefined || more.items.length < more.most) return;
    const items = [{ entry, rest, ways }, ...more.items];
    more.most = items.length * 2;
    if (items.every((item) => item.rest.length === 0)) return;
    const sub = split(items);
    if (sub.unindexed === items.length) return;
    this.sub = sub;
    this.entry = undefined;
    this.more = undefined;
  }

  search(facts: Facts, hits: Hits): void {
    if (this.sub !== undefined) this.sub.search(facts, hits);
    else this.hitAll(hits);
  }

  everything(hits: Hits): void {
    if (this.sub !== undefined) this.sub.everything(hits);
    else this.hitAll(hits);
  }

  private hitAll(hits: Hits): void {
    if (this.entry !== undefined) hit(hits, this.entry);
    const { more } = this;
    if (more === undefined || more.found === hits.search) return;
    more.found = hits.search;
    for (const item of more.items) hit(hits, item.entry);
  }
}

/** A rule that is reached on several ways is found once. */
export function hit(hits: Hits, entry: Entry): void {
  if (entry.found === hits.search || !entry.live) return;
  entry.found = hits.search;
  hits.entries[hits.size++] = entry;
}
