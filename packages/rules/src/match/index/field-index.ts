import { Decimal, type Value } from "@backstitch/core/values";
import { order } from "../../condition/operators/compare.ts";
import { isUnsent, type Facts } from "../../facts/facts.ts";
import type { Hits, Item, Split } from "./bucket.ts";
import { type Field, type Found, isStructure, SEVERAL, UNSENT } from "./field.ts";
import { keyOf } from "./keys.ts";
import type { Key, Lookup, Range, Texts } from "./node.ts";
import { NUMBERS, TEXTS } from "./order-of-points.ts";
import { RangeIndex } from "./range-index.ts";
import { AffixIndex, PartIndex } from "./text-index.ts";
import { ValueIndex } from "./value-index.ts";

/** One index at a time reads into it, from where it ends, and then ends it there again. */
const found: Found = { values: [], size: 0 };

/** The rules that have a test of one field, by what they want to see there. */
export class FieldIndex {
  private readonly read: Field["read"];
  private readonly name: string | undefined;
  private readonly library: boolean;
  private readonly each: boolean;
  private readonly values = new ValueIndex();
  /** Whether one of the values is an array or a row. */
  private structured = false;
  /** Whether one of the ranges holds what only JavaScript makes a number of. */
  private coerces = false;
  /** Whether texts are looked for in texts. */
  private inTexts = false;
  private numbers: RangeIndex<number> | undefined = undefined;
  private texts: RangeIndex<string> | undefined = undefined;
  private starts: AffixIndex | undefined = undefined;
  private ends: AffixIndex | undefined = undefined;
  private parts: PartIndex | undefined = undefined;
  private folded: PartIndex | undefined = undefined;

  constructor({ read, name, library, each }: Field) {
    this.read = read;
    this.name = name;
    this.library = library;
    this.each = each;
  }

  /** Where a split is given, what becomes too large is split; else {@link settle} does it. */
  add(lookup: Lookup, item: Item, split: Split | undefined): void {
    switch (lookup.by) {
      case "value":
        for (const key of lookup.keys) this.addValue(key, item, split);
        return;
      case "number":
        if (lookup.coerces) this.coerces = true;
        return addRange((this.numbers ??= new RangeIndex(NUMBERS)), lookup, item, split);
      case "text":
        return addRange((this.texts ??= new RangeIndex(TEXTS)), lookup, item, split);
      case "start":
      case "end":
      case "part":
      case "folded":
        for (const text of lookup.texts) {
          const bucket = this.textIndex(lookup).add(text, item);
          if (split !== undefined) bucket.settle(split);
        }
    }
  }

  settle(split: Split): void {
    this.values.settle(split);
    for (const index of this.others()) index.settle(split);
  }

  search(facts: Facts, hits: Hits): void {
    const from = found.size;
    const value = this.name === undefined ? this.tryRead(facts) : readField(this.name, facts);
    if (typeof value === "string") this.searchOneText(value, facts, hits);
    else if (typeof value !== "symbol") this.searchOne(value, facts, hits);
    else if (value === UNSENT) this.everything(hits);
    else if (value === SEVERAL) {
      this.searchSeveral(found.values, from, found.size, facts, hits);
      found.size = from;
    }
  }

  everything(hits: Hits): void {
    this.values.everything(hits);
    for (const index of this.others()) index.everything(hits);
  }

  /** What is too deep to be compared was as good as not sent: each rule that tests it says so itself. */
  private tryRead(facts: Facts): unknown {
    const from = found.size;
    try {
      return this.read(facts, found);
    } catch {
      found.size = from;
      return UNSENT;
    }
  }

  private addValue(key: Key, item: Item, split: Split | undefined): void {
    if (typeof key === "string" && /^[[{]/.test(key)) this.structured = true;
    const bucket = this.values.add(key, item);
    if (split !== undefined) bucket.settle(split);
  }

  private textIndex({ by }: Texts): AffixIndex | PartIndex {
    this.inTexts = true;
    switch (by) {
      case "start":
        return (this.starts ??= new AffixIndex("start"));
      case "end":
        return (this.ends ??= new AffixIndex("end"));
      case "part":
        return (this.parts ??= new PartIndex());
      case "folded":
        return (this.folded ??= new PartIndex());
    }
  }

  private others(): (RangeIndex<number> | RangeIndex<string> | AffixIndex | PartIndex)[] {
    return [this.numbers, this.texts, this.starts, this.ends, this.parts, this.folded].filter((index) => index !== undefined);
  }

  private searchOneText(value: string, facts: Facts, hits: Hits): void {
    this.searchText(value, facts, hits);
    this.texts?.at(value, facts, hits);
    if (this.coerces) this.searchNear(value, facts, hits);
  }

  private searchOne(value: unknown, facts: Facts, hits: Hits): void {
    this.searchValue(value, facts, hits);
    if (this.numbers !== undefined) {
      if (typeof value !== "number") this.searchNear(value, facts, hits);
      else if (!Number.isNaN(value)) this.numbers.at(value, facts, hits);
    }
    if (this.each && Array.isArray(value)) this.searchSeveral(value as unknown[], 0, value.length, facts, hits);
  }

  private searchText(value: string, facts: Facts, hits: Hits): void {
    this.values.searchText(value, facts, hits);
    if (!this.inTexts) return;
    this.starts?.search(value, facts, hits);
    this.ends?.search(value, facts, hits);
    this.parts?.search(value, facts, hits);
    this.folded?.search(value.toLowerCase(), facts, hits);
  }

  /** What is no text, whatever others there are. */
  private searchValue(value: unknown, facts: Facts, hits: Hits): void {
    if (typeof value === "number" || this.library) this.values.search(value as Key, facts, hits);
    else if (this.structured) this.searchKey(keyOf(value as Value | undefined), facts, hits);
    else if (!isStructure(value)) this.values.search(keyOf(value as Value | undefined), facts, hits);
  }

  /** A structure's key is a text. */
  private searchKey(key: Key, facts: Facts, hits: Hits): void {
    if (typeof key === "string") this.values.searchText(key, facts, hits);
    else this.values.search(key, facts, hits);
  }

  /** What is no plain number may still compare with one. */
  private searchNear(value: unknown, facts: Facts, hits: Hits): void {
    const near = numberNear(value, this.coerces);
    if (near === undefined) return;
    if (Number.isNaN(near)) this.numbers?.everything(hits);
    else this.numbers?.between(near, near, 1, facts, hits);
  }

  /** Of two tests that were merged to one range, one value may meet the one and another the other: all between them is looked through. */
  // oxlint-disable-next-line max-params -- the hot path makes no object
  private searchSeveral(values: readonly unknown[], from: number, to: number, facts: Facts, hits: Hits): void {
    for (let at = from; at < to; at++) {
      const value = values[at];
      if (typeof value === "string") this.searchText(value, facts, hits);
      else this.searchValue(value, facts, hits);
    }
    if (this.numbers !== undefined) this.searchNumbers(values.slice(from, to), this.numbers, facts, hits);
    if (this.texts !== undefined) this.searchTexts(values.slice(from, to), this.texts, facts, hits);
  }

  // oxlint-disable-next-line max-params -- the hot path makes no object
  private searchNumbers(values: readonly unknown[], numbers: RangeIndex<number>, facts: Facts, hits: Hits): void {
    let low = Infinity;
    let high = -Infinity;
    for (const value of values) {
      const near = typeof value === "number" ? value : numberNear(value, this.coerces);
      if (near === undefined || (Number.isNaN(near) && typeof value === "number")) continue;
      if (Number.isNaN(near)) return numbers.everything(hits);
      if (near < low) low = near;
      if (near > high) high = near;
    }
    if (low <= high) numbers.between(low, high, 1, facts, hits);
  }

  // oxlint-disable-next-line max-params -- the hot path makes no object
  private searchTexts(values: readonly unknown[], texts: RangeIndex<string>, facts: Facts, hits: Hits): void {
    const sorted = values.filter((value) => typeof value === "string").sort(order);
    const [low = "", high = low] = [sorted[0], sorted.at(-1)];
    if (sorted.length > 0) texts.between(low, high, 0, facts, hits);
  }
}

function readField(name: string, facts: Facts): unknown {
  if (facts.unsent.length > 0 && isUnsent(facts, name)) return UNSENT;
  return facts.after === null ? undefined : facts.after[name];
}

/**
 * The `number` next to what compares as one. Undefined: it compares with no number. NaN: it cannot be said, as of what JavaScript
 * makes a number of in ways of its own.
 */
function numberNear(value: unknown, coerces: boolean): number | undefined {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Decimal) return Number(value.text);
  if (!coerces) return undefined;
  if (typeof value === "object" && value !== null) return NaN;
  if (typeof value !== "string") return undefined;
  const number = Number(value);
  return Number.isNaN(number) ? undefined : number;
}

// oxlint-disable-next-line max-params -- where, what, and how
function addRange<Point>(index: RangeIndex<Point>, range: Range<Point>, item: Item, split: Split | undefined): void {
  index.add(range, item);
  if (split !== undefined) index.settleRange(range, split);
}
