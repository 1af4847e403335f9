import type { Facts } from "../../facts/facts.ts";
import { Bucket, type Hits, type Item, type Split } from "./bucket.ts";

/** Texts at the start or the end of others: a table for each length. */
export class AffixIndex {
  private readonly tables: { readonly length: number; readonly buckets: Map<string, Bucket> }[] = [];
  private readonly side: "start" | "end";

  constructor(side: "start" | "end") {
    this.side = side;
  }

  add(text: string, item: Item): Bucket {
    let table = this.tables.find(({ length }) => length === text.length);
    if (table === undefined) {
      table = { length: text.length, buckets: new Map() };
      this.tables.push(table);
      this.tables.sort((one, other) => one.length - other.length);
    }
    const known = table.buckets.get(text);
    if (known !== undefined) {
      known.add(item);
      return known;
    }
    const made = new Bucket(item);
    table.buckets.set(text, made);
    return made;
  }

  settle(split: Split): void {
    for (const { buckets } of this.tables) for (const bucket of buckets.values()) bucket.settle(split);
  }

  search(text: string, facts: Facts, hits: Hits): void {
    for (const { length, buckets } of this.tables) {
      if (length > text.length) return;
      const part = this.side === "start" ? text.slice(0, length) : text.slice(text.length - length);
      buckets.get(part)?.search(facts, hits);
    }
  }

  everything(hits: Hits): void {
    for (const { buckets } of this.tables) for (const bucket of buckets.values()) bucket.everything(hits);
  }
}

interface Part {
  readonly text: string;
  /** Where in the text the three characters stand that it is filed under. */
  readonly offset: number;
  readonly bucket: Bucket;
}

/** Texts that are shorter cannot be looked for. */
export const SHORTEST_PART = 3;
const FILTER_BITS = 16;

/** Texts anywhere in others: each is filed under three of its characters, and a filter says of most places that nothing begins there. */
export class PartIndex {
  private readonly parts = new Map<number, Part[]>();
  private readonly buckets = new Map<string, Bucket>();
  private readonly filter = new Uint8Array(1 << FILTER_BITS);

  add(text: string, item: Item): Bucket {
    const known = this.buckets.get(text);
    if (known !== undefined) {
      known.add(item);
      return known;
    }
    const bucket = new Bucket(item);
    this.buckets.set(text, bucket);
    const offset = this.offsetFor(text);
    const gram = gramAt(text, offset);
    const part: Part = { text, offset, bucket };
    const parts = this.parts.get(gram);
    if (parts === undefined) this.parts.set(gram, [part]);
    else parts.push(part);
    this.filter[slotOf(gram)] = 1;
    return bucket;
  }

  settle(split: Split): void {
    for (const bucket of this.buckets.values()) bucket.settle(split);
  }

  search(text: string, facts: Facts, hits: Hits): void {
    const last = text.length - SHORTEST_PART;
    for (let at = 0; at <= last; at++) {
      const gram = gramAt(text, at);
      if (this.filter[slotOf(gram)] === 0) continue;
      for (const part of this.parts.get(gram) ?? []) {
        if (text.startsWith(part.text, at - part.offset)) part.bucket.search(facts, hits);
      }
    }
  }

  everything(hits: Hits): void {
    for (const bucket of this.buckets.values()) bucket.everything(hits);
  }

  /** Where those three characters begin that fewest others are filed under. */
  private offsetFor(text: string): number {
    let best = 0;
    let fewest = Infinity;
    for (let offset = 0; offset <= text.length - SHORTEST_PART && fewest > 0; offset++) {
      const others = this.parts.get(gramAt(text, offset))?.length ?? 0;
      if (others < fewest) [best, fewest] = [offset, others];
    }
    return best;
  }
}

function gramAt(text: string, at: number): number {
  return (Math.imul(Math.imul(text.charCodeAt(at), 65_599) + text.charCodeAt(at + 1), 65_599) + text.charCodeAt(at + 2)) | 0;
}

function slotOf(gram: number): number {
  return Math.imul(gram, 0x9e3779b1) >>> (32 - FILTER_BITS);
}
