/** Stands in for Vitest in the test files: collects them once, so that a process runs any of them as often as it is asked. */
import { format } from "node:util";
export { expect } from "vitest";

export interface CollectedTest {
  readonly id: string;
  readonly name: string;
  readonly file: string;
  readonly run: () => unknown;
}

type Body = (...args: never[]) => unknown;

/** By id, in the order in which they stand. */
export const collected = new Map<string, CollectedTest>();
let file = "";
let names: readonly string[] = [];

/** What is collected from here on is of this file. */
export function beginFile(path: string): void {
  file = path;
  names = [];
}

export function describe(name: string, body: () => void): void {
  const outer = names;
  names = [...outer, name];
  body();
  names = outer;
}

export function test(name: string, body: () => unknown): void {
  const plain = [file, ...names, name].join(" > ");
  const id = collected.has(plain) ? `${plain} (${collected.size})` : plain;
  collected.set(id, { id, name, file, run: body });
}

type Collect = (name: string, body: () => void) => void;

/** Once for each row: an array is the arguments, anything else the only one. */
function each(collect: Collect): (rows: readonly unknown[]) => (name: string, body: Body) => void {
  return (rows) => (name, body) => {
    for (const row of rows) {
      const args = (Array.isArray(row) ? row : [row]) as never[];
      collect(nameOfRow(name, args), () => body(...args));
    }
  };
}

describe.each = each(describe);
test.each = each(test);

function nameOfRow(name: string, args: readonly unknown[]): string {
  const fields = new Map(Object.entries(Object(args[0]) as object));
  const named = name.replaceAll(/\$(\w+)/g, (whole, key: string) => (fields.has(key) ? format("%s", fields.get(key)) : whole));
  const places = named.match(/%[sdijo]/g)?.length ?? 0;
  return format(named, ...args.slice(0, places));
}
