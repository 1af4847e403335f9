import type { Facts } from "../../facts/facts.ts";
import { Bucket, type Hits, type Item, type Split } from "./bucket.ts";
import type { Key } from "./node.ts";

/** Bits for each text: about one other text in sixteen passes. */
const SPARSE = 16;
const FEWEST_BITS = 1_024;
/** FNV's. */
const MULTIPLIER = 0x01000193;

/** Rules by a value that they look for. Most texts that nobody looks for are told by a filter, without the price of a `Map`. */
export class ValueIndex {
  private readonly buckets = new Map<Key, Bucket>();
  private filter = new Int32Array(FEWEST_BITS / 32);
  private texts = 0;

  get isEmpty(): boolean {
    return this.buckets.size === 0;
  }

  add(key: Key, item: Item): Bucket {
    const known = this.buckets.get(key);
    if (known !== undefined) {
      known.add(item);
      return known;
    }
    const made = new Bucket(item);
    this.buckets.set(key, made);
    if (typeof key === "string") this.admit(key);
    return made;
  }

  settle(split: Split): void {
    for (const bucket of this.buckets.values()) bucket.settle(split);
  }

  searchText(text: string, facts: Facts, hits: Hits): void {
    const slot = slotOf(text, this.filter.length);
    if (((this.filter[slot >> 5] ?? 0) & (1 << (slot & 31))) !== 0) this.buckets.get(text)?.search(facts, hits);
  }

  /** What is no text. */
  search(key: Key, facts: Facts, hits: Hits): void {
    if (this.buckets.size > 0) this.buckets.get(key)?.search(facts, hits);
  }

  everything(hits: Hits): void {
    for (const bucket of this.buckets.values()) bucket.everything(hits);
  }

  private admit(text: string): void {
    this.texts++;
    if (this.texts * SPARSE <= this.filter.length * 32) return mark(this.filter, text);
    this.filter = new Int32Array(this.filter.length * 4);
    for (const key of this.buckets.keys()) if (typeof key === "string") mark(this.filter, key);
  }
}

function mark(filter: Int32Array, text: string): void {
  const slot = slotOf(text, filter.length);
  filter[slot >> 5] = (filter[slot >> 5] ?? 0) | (1 << (slot & 31));
}

/** Looks at as much of a long text as of a short one: the end, where numbered names differ, and the middle. */
function slotOf(text: string, words: number): number {
  const { length } = text;
  let mixed = length;
  if (length > 3) {
    mixed = Math.imul(mixed ^ text.charCodeAt(length - 1), MULTIPLIER);
    mixed = Math.imul(mixed ^ text.charCodeAt(length - 2), MULTIPLIER);
    mixed = Math.imul(mixed ^ text.charCodeAt(length - 3), MULTIPLIER);
    mixed = Math.imul(mixed ^ text.charCodeAt(length >> 1), MULTIPLIER);
    mixed = Math.imul(mixed ^ text.charCodeAt(length >> 2), MULTIPLIER);
  } else for (let at = 0; at < length; at++) mixed = Math.imul(mixed ^ text.charCodeAt(at), MULTIPLIER);
  return (mixed ^ (mixed >>> 15)) & (words * 32 - 1);
}
