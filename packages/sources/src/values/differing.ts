import { encodeValue, type Row, type Value } from "@backstitch/core/values";

/** The fields that two rows do not have alike: those of the later row first. */
export function differing(before: Row, after: Row): readonly string[] {
  const names = new Set([...Object.keys(after), ...Object.keys(before)]);
  return [...names].filter((name) => encoded(before, name) !== encoded(after, name));
}

function encoded(row: Row, name: string): string | undefined {
  return Object.hasOwn(row, name) ? encodeValue(row[name] as Value) : undefined;
}
