import { order } from "../../condition/operators/compare.ts";

/** How points are ordered, and found among others. */
export interface PointOrder<Point> {
  compare(one: Point, other: Point): number;
  /** Where a point lies among others that are sorted: `2 * index + 1` for one of them, `2 * index` for the gap before that one. */
  cellOf(points: readonly Point[], point: Point): number;
}

/** Without the call of a comparison for each step: numbers are looked for in every event. */
export const NUMBERS: PointOrder<number> = {
  compare: (one, other) => one - other,
  cellOf(points, point) {
    let low = 0;
    let high = points.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((points[middle] as number) < point) low = middle + 1;
      else high = middle;
    }
    return points[low] === point ? low * 2 + 1 : low * 2;
  },
};

export const TEXTS: PointOrder<string> = {
  compare: order,
  cellOf(points, point) {
    let low = 0;
    let high = points.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (order(points[middle], point) < 0) low = middle + 1;
      else high = middle;
    }
    return points[low] === point ? low * 2 + 1 : low * 2;
  },
};
