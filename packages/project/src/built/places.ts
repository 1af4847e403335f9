import type { Place } from "@backstitch/core/rules";
import type { Located, LocatedPath } from "@backstitch/rules/problems";

/** Where the parts of a file are, by the JSON of their path: line and column of the value, and of its name. */
export type Places = Readonly<Record<string, Spot>>;
type Spot = readonly [line: number, column: number, nameLine: number, nameColumn: number];

/** The places of everything that is under a path, and of the file itself. */
export function placesUnder(located: Located, at: LocatedPath, value: unknown): Places {
  const spots: Record<string, Spot> = {};
  const gather = (path: LocatedPath, item: unknown): void => {
    const [{ line, column }, name] = [located.placeOf(path), located.placeOf(path, "key")];
    spots[JSON.stringify(path)] = [line, column, name.line, name.column];
    if (typeof item !== "object" || item === null) return;
    for (const [key, inner] of Object.entries(item)) gather([...path, Array.isArray(item) ? Number(key) : key], inner);
  };
  gather([], undefined);
  if (located.has(at)) gather(at, value);
  return spots;
}

/** A part of a file whose text is not there any more. */
export class RememberedFile implements Located {
  readonly file: string;
  readonly value: unknown;
  private readonly places: Places;

  constructor(file: string, value: unknown, places: Places) {
    this.file = file;
    this.value = value;
    this.places = places;
  }

  placeOf(path: LocatedPath, what: "key" | "value" = "value"): Place {
    for (let length = path.length; length >= 0; length--) {
      const spot = this.spotOf(path.slice(0, length));
      if (spot === undefined) continue;
      const [line, column, nameLine, nameColumn] = spot;
      return what === "key" ? { file: this.file, line: nameLine, column: nameColumn } : { file: this.file, line, column };
    }
    return { file: this.file, line: 1, column: 1 };
  }

  has(path: LocatedPath): boolean {
    return this.spotOf(path) !== undefined;
  }

  withValue(value: unknown): RememberedFile {
    return new RememberedFile(this.file, value, this.places);
  }

  private spotOf(path: LocatedPath): Spot | undefined {
    const key = JSON.stringify(path);
    return Object.hasOwn(this.places, key) ? this.places[key] : undefined;
  }
}
