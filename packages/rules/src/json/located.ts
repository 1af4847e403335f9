import type { Place } from "@backstitch/core/rules";

/** Where a value sits inside a file: property names and array indexes. */
export type LocatedPath = readonly (string | number)[];

/** The path of what lies in something. Half the time and room of a spread, and there are many. */
export function under(path: LocatedPath, key: string | number): LocatedPath {
  const { length } = path;
  // oxlint-disable-next-line unicorn/no-new-array -- as long as it will be, made at once
  const longer = new Array<string | number>(length + 1);
  for (let at = 0; at < length; at++) longer[at] = path[at] as string | number;
  longer[length] = key;
  return longer;
}

/** A JSON file that was read: its value, and the place of everything in it. */
export interface Located {
  readonly file: string;
  /**
   * Own properties only; `__proto__` is a name like any other. Whole numbers beyond the safe range are `bigint`,
   * and decimals with more digits than a `number` can hold are {@link Decimal}.
   */
  readonly value: unknown;
  /** Place of the property's name (`"key"`) or of its value; where the path does not exist, of the nearest thing around it. @default "value" */
  placeOf(path: LocatedPath, what?: "key" | "value"): Place;
  /** Whether there is something at the path. */
  has(path: LocatedPath): boolean;
  /** Another value, as if it stood in the same file: what it has in common with this one is where it is. */
  withValue(value: unknown): Located;
}

/** What stands at a path; undefined where nothing does. */
export function valueAt({ value }: Pick<Located, "value">, path: LocatedPath): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Readonly<Record<string | number, unknown>>)[key];
  }
  return here;
}
