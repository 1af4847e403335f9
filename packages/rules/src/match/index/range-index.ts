import type { Facts } from "../../facts/facts.ts";
import { Bucket, type Hits, type Item, type Split } from "./bucket.ts";
import type { Range } from "./node.ts";
import type { PointOrder } from "./order-of-points.ts";

interface Placed<Point> {
  readonly range: Range<Point>;
  readonly item: Item;
}

/** How many more may be added between the known points before all is made anew. */
const SPARE = 64;
/** Ranges that overlap no more than this lie in each of their cells; others in a tree over the cells. */
const MOST_CELLS = 6;

/**
 * Ranges, found by a point that lies in them. The points where a range begins or ends, and the gaps between them, are the cells.
 * Where many ranges overlap, they lie in a segment tree. A range that is added later and ends within a gap is widened to the whole gap.
 */
export class RangeIndex<Point> {
  private readonly placed: Placed<Point>[] = [];
  private points: Point[] = [];
  /** Of a tree the cells are the second half. */
  private nodes: (Bucket | undefined)[] = [];
  private cells = 0;
  private isTree = false;
  private built = -1;
  private readonly order: PointOrder<Point>;

  constructor(order: PointOrder<Point>) {
    this.order = order;
  }

  /** Before {@link settle} nothing is found. */
  add(range: Range<Point>, item: Item): void {
    this.placed.push({ range, item });
    if (this.built >= 0) this.insert(range, item);
  }

  settle(split: Split): void {
    if (this.isStale()) this.build();
    for (const bucket of this.nodes) bucket?.settle(split);
  }

  /** Splits what the last range was added to. */
  settleRange(range: Range<Point>, split: Split): void {
    if (this.isStale()) return this.settle(split);
    this.eachNode(range, (node) => this.nodes[node]?.settle(split));
  }

  /** Ranges that hold the point. */
  at(point: Point, facts: Facts, hits: Hits): void {
    const cell = this.cellOf(point);
    if (!this.isTree) this.nodes[cell]?.search(facts, hits);
    else for (let node = cell + this.cells; node >= 1; node >>= 1) this.nodes[node]?.search(facts, hits);
  }

  /** Ranges that hold something from one point to the other; `around`: the gaps beside them, too. */
  // oxlint-disable-next-line max-params -- the hot path makes no object
  between(low: Point, high: Point, around: number, facts: Facts, hits: Hits): void {
    let from = Math.max(0, this.cellOf(low) - around);
    let to = Math.min(this.cells - 1, this.cellOf(high) + around);
    if (!this.isTree) return this.searchNodes(from, to, facts, hits);
    for (from += this.cells, to += this.cells; to >= 1; from >>= 1, to >>= 1) this.searchNodes(Math.max(from, 1), to, facts, hits);
  }

  everything(hits: Hits): void {
    for (const bucket of this.nodes) bucket?.everything(hits);
  }

  // oxlint-disable-next-line max-params -- the hot path makes no object
  private searchNodes(from: number, to: number, facts: Facts, hits: Hits): void {
    for (let node = from; node <= to; node++) this.nodes[node]?.search(facts, hits);
  }

  private isStale(): boolean {
    return this.built < 0 || this.placed.length > this.built * 1.5 + SPARE;
  }

  private build(): void {
    const ends = this.placed.flatMap(({ range: { low, high } }) => [low, high].filter((point) => point !== undefined));
    this.points = sortedOnce(ends, this.order);
    this.cells = this.points.length * 2 + 1;
    this.built = this.placed.length;
    let covered = 0;
    for (const { range } of this.placed) covered += Math.max(0, this.lastCell(range) - this.firstCell(range) + 1);
    this.isTree = covered > this.placed.length * MOST_CELLS;
    this.nodes = Array.from({ length: this.isTree ? this.cells * 2 : this.cells }, () => undefined);
    for (const { range, item } of this.placed) this.insert(range, item);
  }

  private insert(range: Range<Point>, item: Item): void {
    this.eachNode(range, (node) => {
      const bucket = this.nodes[node];
      if (bucket === undefined) this.nodes[node] = new Bucket(item);
      else bucket.add(item);
    });
  }

  /** The nodes that cover exactly the cells of a range. */
  private eachNode(range: Range<Point>, visit: (node: number) => void): void {
    let from = this.firstCell(range);
    let to = this.lastCell(range) + 1;
    if (!this.isTree) {
      for (let cell = from; cell < to; cell++) visit(cell);
      return;
    }
    for (from += this.cells, to += this.cells; from < to; from >>= 1, to >>= 1) {
      if (from % 2 === 1) visit(from++);
      if (to % 2 === 1) visit(--to);
    }
  }

  private firstCell({ low, lowOpen }: Range<Point>): number {
    const cell = low === undefined ? 0 : this.cellOf(low);
    return lowOpen && cell % 2 === 1 ? cell + 1 : cell;
  }

  private lastCell({ high, highOpen }: Range<Point>): number {
    const cell = high === undefined ? this.cells - 1 : this.cellOf(high);
    return highOpen && cell % 2 === 1 ? cell - 1 : cell;
  }

  /** Odd: one of the points. Even: a gap. */
  private cellOf(point: Point): number {
    return this.order.cellOf(this.points, point);
  }
}

function sortedOnce<Point>(points: readonly Point[], { compare }: PointOrder<Point>): Point[] {
  const sorted = points.toSorted(compare);
  return sorted.filter((point, index) => index === 0 || compare(sorted[index - 1] as Point, point) !== 0);
}
