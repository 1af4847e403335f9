import type { Facts } from "../../facts/facts.ts";
import { Bucket, type Hits, type Item, type Split } from "./bucket.ts";
import type { Key } from "./node.ts";

/** Bits for each text, at least, of which it takes two in one word: of others about one in fifty passes. */
const SPARSE = 16;
/** What V8 keeps inside the object. */
const FEWEST_BITS = 512;
/** FNV's. */
const MULTIPLIER = 0x01000193;
/** Murmur's: what differs in few bits differs in many. */
const SPREAD = 0x85ebca6b;

/** Rules by a value that they look for. Most texts that nobody looks for are told by a filter, without the price of a `Map`. */
export class ValueIndex {
  private readonly buckets = new Map<Key, Bucket>();
  private filter = new Int32Array(FEWEST_BITS / 32);
  private texts = 0;

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
    const mixed = mix(text);
    const bits = bitsOf(mixed);
    if (((this.filter[wordOf(mixed, this.filter)] ?? 0) & bits) === bits) this.buckets.get(text)?.search(facts, hits);
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
    this.filter = new Int32Array(this.filter.length * 2);
    for (const key of this.buckets.keys()) if (typeof key === "string") mark(this.filter, key);
  }
}

function mark(filter: Int32Array, text: string): void {
  const mixed = mix(text);
  const word = wordOf(mixed, filter);
  filter[word] = (filter[word] ?? 0) | bitsOf(mixed);
}

function wordOf(mixed: number, filter: Int32Array): number {
  return (mixed >>> 10) & (filter.length - 1);
}

function bitsOf(mixed: number): number {
  return (1 << (mixed & 31)) | (1 << ((mixed >>> 5) & 31));
}

/** Looks at as much of a long text as of a short one: the end, where numbered names differ, and the middle. */
function mix(text: string): number {
  const { length } = text;
  let mixed = Math.imul(length, SPREAD);
  if (length > 3) {
    mixed = Math.imul(mixed ^ text.charCodeAt(length - 1), MULTIPLIER);
    mixed = Math.imul(mixed ^ text.charCodeAt(length - 2), MULTIPLIER);
    mixed = Math.imul(mixed ^ text.charCodeAt(length - 3), MULTIPLIER);
    mixed = Math.imul(mixed ^ text.charCodeAt(length - 4), MULTIPLIER);
    mixed = Math.imul(mixed ^ text.charCodeAt(length >> 1), MULTIPLIER);
    mixed = Math.imul(mixed ^ text.charCodeAt(length >> 2), MULTIPLIER);
  } else for (let at = 0; at < length; at++) mixed = Math.imul(mixed ^ text.charCodeAt(at), MULTIPLIER);
  mixed = Math.imul(mixed ^ (mixed >>> 15), SPREAD);
  return mixed ^ (mixed >>> 13);
}
