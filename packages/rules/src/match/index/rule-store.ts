import type { ChangeEvent } from "@backstitch/core/source";
import type { Facts } from "../../facts/facts.ts";
import type { CompiledRule } from "../../rule/compiled-rule.ts";
import type { Entry, Hits, Item } from "./bucket.ts";
import { CoverIndex } from "./cover-index.ts";
import { newFields, type Fields } from "./field.ts";
import { treeOf } from "./tree.ts";

export function newEntry(rule: CompiledRule, order: number): Entry {
  return { rule, order, live: false, found: 0 };
}

/** The rules of one collection that look at the same origins and operations. */
export interface Group {
  /** How many of its rules wait for json-rules-engine. */
  waiting: number;
  search(facts: Facts, hits: Hits): void;
}

/** One bit for each origin and operation. */
type Slots = number;

interface Shelf {
  readonly groups: Map<Slots, RuleGroup>;
  /** The groups of each slot, by its number. */
  readonly slots: readonly RuleGroup[][];
}

interface Last {
  readonly source: string;
  readonly collection: string;
  readonly slots: Shelf["slots"] | undefined;
}

const OPERATIONS: readonly string[] = ["insert", "update", "replace", "delete"];
const SLOTS = OPERATIONS.length * 2;

/** Beyond this many searches the numbers begin again. */
const MOST_SEARCHES = 2 ** 30;

/** Rules by source, collection, origin and operation; there, an index of what their conditions need. */
export class RuleStore {
  private readonly fields = newFields();
  private readonly sources = new Map<string, Map<string, Shelf>>();
  /** Where the last event was looked for: most are of the same collection as the one before. */
  private last: Last | undefined = undefined;
  private readonly hits: Hits = { entries: [], size: 0, search: 0 };

  constructor(entries: readonly Entry[]) {
    const together = new Map<RuleGroup, Entry[]>();
    for (const entry of entries) {
      entry.live = true;
      for (const group of this.groupsFor(entry.rule)) {
        const listed = together.get(group);
        if (listed === undefined) together.set(group, [entry]);
        else listed.push(entry);
      }
    }
    for (const [group, listed] of together) group.fill(listed);
  }

  add(entry: Entry): void {
    // There may be a new shelf.
    this.last = undefined;
    entry.live = true;
    for (const group of this.groupsFor(entry.rule)) group.add(entry);
  }

  remove(entry: Entry): void {
    entry.live = false;
    for (const group of this.groupsFor(entry.rule)) group.remove(entry);
  }

  groupsOf({ source, collection, origin, operation }: ChangeEvent): readonly Group[] | undefined {
    let { last } = this;
    if (last === undefined || source !== last.source || collection !== last.collection) {
      last = { source, collection, slots: this.sources.get(source)?.get(collection)?.slots };
      this.last = last;
    }
    const groups = last.slots?.[slotOf(origin, operation)];
    return groups === undefined || groups.length === 0 ? undefined : groups;
  }

  search(groups: readonly Group[], facts: Facts): Hits {
    const { hits } = this;
    hits.size = 0;
    if (hits.search === MOST_SEARCHES) this.beginAgain();
    hits.search++;
    for (const group of groups) group.search(facts, hits);
    if (hits.size > 1) sortByOrder(hits);
    return hits;
  }

  private beginAgain(): void {
    const { hits } = this;
    hits.search = 0;
    for (const shelves of this.sources.values()) {
      for (const { groups } of shelves.values()) for (const group of groups.values()) group.forget(hits);
    }
    hits.size = 0;
  }

  /** The groups that a rule belongs to, one for each collection. */
  private groupsFor({ summary: { source, collections, origins, operations } }: CompiledRule): RuleGroup[] {
    const slots = origins.reduce((all, origin) => operations.reduce((bits, operation) => bits | (1 << slotOf(origin, operation)), all), 0);
    let shelves = this.sources.get(source);
    if (shelves === undefined) this.sources.set(source, (shelves = new Map<string, Shelf>()));
    return [...new Set(collections)].map((collection) => groupFor(shelves, collection, slots, this.fields));
  }
}

// oxlint-disable-next-line max-params -- where, which, and what new ones are made with
function groupFor(shelves: Map<string, Shelf>, collection: string, slots: Slots, fields: Fields): RuleGroup {
  let shelf = shelves.get(collection);
  if (shelf === undefined) {
    shelf = { groups: new Map(), slots: Array.from({ length: SLOTS }, () => []) };
    shelves.set(collection, shelf);
  }
  let group = shelf.groups.get(slots);
  if (group === undefined) {
    group = new RuleGroup(fields);
    shelf.groups.set(slots, group);
    for (const [slot, groups] of shelf.slots.entries()) if ((slots & (1 << slot)) !== 0) groups.push(group);
  }
  return group;
}

function slotOf(origin: string, operation: string): number {
  return OPERATIONS.indexOf(operation) + (origin === "log" ? 0 : OPERATIONS.length);
}

/** More than these are worth a sort that makes an array of its own. */
const MANY = 16;

function sortByOrder({ entries, size }: Hits): void {
  if (size > MANY) {
    const sorted = entries.slice(0, size).sort((one, other) => one.order - other.order);
    for (let at = 0; at < size; at++) entries[at] = sorted[at] as Entry;
    return;
  }
  for (let at = 1; at < size; at++) {
    const entry = entries[at] as Entry;
    let before = at - 1;
    for (; before >= 0 && (entries[before] as Entry).order > entry.order; before--) entries[before + 1] = entries[before] as Entry;
    entries[before + 1] = entry;
  }
}

/** Removed rules that are left in place, beyond as many as are in force. They come back where a previous rule set is asked again. */
const SPARE = 64;

class RuleGroup implements Group {
  waiting = 0;
  private readonly fields: Fields;
  /** All that lie in the index, in force or not. */
  private entries: Entry[] = [];
  private readonly gone = new Set<Entry>();
  private index = new CoverIndex([]);

  constructor(fields: Fields) {
    this.fields = fields;
  }

  fill(entries: readonly Entry[]): void {
    this.entries = entries.slice();
    this.waiting = entries.filter(waits).length;
    this.index = new CoverIndex(entries.map((entry) => this.itemOf(entry)));
  }

  add(entry: Entry): void {
    if (waits(entry)) this.waiting++;
    if (this.gone.delete(entry)) return;
    this.entries.push(entry);
    this.index.add(this.itemOf(entry));
  }

  remove(entry: Entry): void {
    if (waits(entry)) this.waiting--;
    this.gone.add(entry);
    if (this.gone.size <= this.entries.length / 2 + SPARE) return;
    this.fill(this.entries.filter(({ live }) => live));
    this.gone.clear();
  }

  search(facts: Facts, hits: Hits): void {
    this.index.search(facts, hits);
  }

  /** Of all searches: whatever remembers one was found by the one that is given. */
  forget(hits: Hits): void {
    for (const entry of this.entries) entry.found = hits.search;
    this.index.everything(hits);
  }

  private itemOf(entry: Entry): Item {
    return { entry, rest: [treeOf(entry.rule.condition.form, this.fields)], ways: 1 };
  }
}

function waits({ rule }: Entry): boolean {
  return rule.condition.engines.length > 0;
}
