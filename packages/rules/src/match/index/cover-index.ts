import type { Facts } from "../../facts/facts.ts";
import { type Entry, hit, type Hits, type Item, type Split, type SubIndex } from "./bucket.ts";
import { FieldIndex } from "./field-index.ts";
import type { Field } from "./field.ts";
import { mergeRanges } from "./merge-ranges.ts";
import { conjuncts, type Node } from "./node.ts";
import { type Cost, costs } from "./statistics.ts";
import { waysOf } from "./ways.ts";

/**
 * A rule lies in no more places than so many, but for those of one test, which may be more: where each of its tests holds several values, they
 * multiply from one index to the next within.
 */
const MOST_WAYS = 128;

/**
 * Finds the rules that an event may concern: all whose condition is not false. Each rule lies under a test, or several of which one must hold,
 * that its condition needs and that fewest events meet; what else it needs is looked at only where many rules lie together.
 */
export class CoverIndex implements SubIndex {
  private readonly fields = new Map<Field, FieldIndex>();
  /** The same: most indexes within an index have one, and many of those are searched. */
  private first: FieldIndex | undefined = undefined;
  private others: FieldIndex[] | undefined = undefined;
  private always: Entry[] | undefined = undefined;
  private readonly cost: Cost;
  /** The number of the search that came here last. */
  private searched = 0;

  /** Over everything that is known now: it decides what is cheap. */
  constructor(items: readonly Item[]) {
    const merged = items.map(prepared);
    this.cost = costs(merged.map(({ rest }) => rest));
    for (const item of merged) this.place(item, this.cheapestOf(item), undefined);
    for (const index of this.fields.values()) index.settle(split);
  }

  get unindexed(): number {
    return this.always?.length ?? 0;
  }

  add(item: Item): void {
    const merged = prepared(item);
    this.place(merged, this.cheapestOf(merged), split);
  }

  search(facts: Facts, hits: Hits): void {
    if (this.searched === hits.search) return;
    this.searched = hits.search;
    if (this.always !== undefined) for (const entry of this.always) hit(hits, entry);
    this.first?.search(facts, hits);
    if (this.others !== undefined) for (const index of this.others) index.search(facts, hits);
  }

  everything(hits: Hits): void {
    this.searched = hits.search;
    for (const entry of this.always ?? []) hit(hits, entry);
    for (const index of this.fields.values()) index.everything(hits);
  }

  /** Puts a rule under one of the things that must all hold. */
  private place({ entry, rest: all, ways }: Item, under: Node | undefined, split: Split | undefined): void {
    if (under === undefined || under.kind === "unknown") {
      this.always ??= [];
      this.always.push(entry);
      return;
    }
    const others = all.filter((node) => node !== under && node.kind !== "unknown");
    const rest = others.length === 0 ? NOTHING_ELSE : others;
    if (under.kind === "leaf") return this.indexOf(under.field).add(under.lookup, { entry, rest, ways: ways * waysOf(under) }, split);
    for (const part of under.of) {
      const inside = { entry, rest: mergeRanges([...conjuncts(part), ...rest]), ways: ways * under.of.length };
      this.place(inside, this.cheapest(inside.rest), split);
    }
  }

  /** The cheapest that does not put the rule in too many places. */
  private cheapestOf({ rest, ways }: Item): Node | undefined {
    if (ways === 1) return this.cheapest(rest);
    const few = rest.filter((node) => {
      const more = waysOf(node);
      return more === 1 || ways * more <= MOST_WAYS;
    });
    return this.cheapest(few);
  }

  private cheapest(all: readonly Node[]): Node | undefined {
    let cheapest: Node | undefined;
    let least = Infinity;
    for (const node of all) {
      const cost = this.cost(node);
      if (cost < least) [cheapest, least] = [node, cost];
    }
    return cheapest;
  }

  private indexOf(field: Field): FieldIndex {
    const known = this.fields.get(field);
    if (known !== undefined) return known;
    const made = new FieldIndex(field);
    this.fields.set(field, made);
    if (this.first === undefined) this.first = made;
    else this.others = [...(this.others ?? []), made];
    return made;
  }
}

/** With what must all hold side by side. */
function prepared(item: Item): Item {
  const { entry, ways } = item;
  const rest = mergeRanges(allOf(item.rest));
  return rest === item.rest ? item : { entry, rest, ways };
}

function allOf(nodes: readonly Node[]): readonly Node[] {
  if (!nodes.some(({ kind }) => kind === "all")) return nodes;
  return nodes.flatMap(conjuncts);
}

const NOTHING_ELSE: readonly Node[] = [];

const split: Split = (items) => new CoverIndex(items);
