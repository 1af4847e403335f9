import type { ChangeEvent } from "@backstitch/core/source";

/** An event in a few words: `update inventory#3`. */
export function eventName({ operation, collection, key }: ChangeEvent): string {
  return `${operation} ${collection}${key === null ? "" : `#${Object.values(key).map(String).join("/")}`}`;
}
