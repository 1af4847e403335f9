import type { Facts } from "../../facts/facts.ts";
import { type Entry, hit, type Hits, type Item, type Split, type SubIndex } from "./bucket.ts";
import { FieldIndex } from "./field-index.ts";
import type { Field } from "./field.ts";
import { mergeRanges } from "./merge-ranges.ts";
import { conjuncts, type Node } from "./node.ts";
import { type Cost, costs } from "./statistics.ts";

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
    const merged = items.map(({ entry, rest }) => ({ entry, rest: mergeRanges(allOf(rest)) }));
    this.cost = costs(merged.map(({ rest }) => rest));
    for (const { entry, rest } of merged) this.place(entry, rest, undefined);
    for (const index of this.fields.values()) index.settle(split);
  }

  get unindexed(): number {
    return this.always?.length ?? 0;
  }

  add({ entry, rest }: Item): void {
    this.place(entry, mergeRanges(allOf(rest)), split);
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

  /** Puts a rule under the cheapest of the things that must all hold. */
  private place(entry: Entry, all: readonly Node[], split: Split | undefined): void {
    const cheapest = this.cheapestOf(all);
    if (cheapest === undefined || cheapest.kind === "unknown") {
      this.always ??= [];
      this.always.push(entry);
      return;
    }
    const others = all.filter((node) => node !== cheapest && node.kind !== "unknown");
    const rest = others.length === 0 ? NOTHING_ELSE : others;
    if (cheapest.kind === "leaf") return this.indexOf(cheapest.field).add(cheapest.lookup, { entry, rest }, split);
    for (const part of cheapest.of) this.place(entry, mergeRanges([...conjuncts(part), ...rest]), split);
  }

  private cheapestOf(all: readonly Node[]): Node | undefined {
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

function allOf(nodes: readonly Node[]): readonly Node[] {
  const [only] = nodes;
  return nodes.length === 1 && only !== undefined ? conjuncts(only) : nodes.flatMap(conjuncts);
}

const NOTHING_ELSE: readonly Node[] = [];

const split: Split = (items) => new CoverIndex(items);
