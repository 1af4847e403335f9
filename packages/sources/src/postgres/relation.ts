import type { Row, Value } from "@backstitch/core/values";
import type { Cell, RelationMessage, Tuple } from "./pgoutput.ts";
import { asText, builtInType, type Convert } from "./types.ts";

/** A table as the rows that follow are sent: known until the next message about it. */
export interface Relation {
  readonly collection: string;
  readonly names: readonly string[];
  readonly converts: readonly Convert[];
  /** Indexes of the columns that are the row's key; empty where there is none. */
  readonly key: readonly number[];
  /** Its rows are no events: see {@link isOwn}. */
  readonly isOwn: boolean;
}

/**
 * @param types How types of the database's own are read, by OID.
 * @param primaryKey The primary key's columns, looked up where the message cannot tell them: see {@link keyIsToldBy}.
 */
export function relationFrom(message: RelationMessage, types: ReadonlyMap<number, Convert>, primaryKey?: readonly string[]): Relation {
  const names = message.columns.map(({ name }) => name);
  const told = message.columns.flatMap(({ identifies }, index) => (identifies ? [index] : []));
  const looked = (primaryKey ?? []).map((name) => names.indexOf(name));
  const collection = collectionOf(message.schema, message.name);
  return {
    collection,
    isOwn: isOwn(collection),
    names,
    converts: message.columns.map(({ typeId }) => types.get(typeId) ?? builtInType(typeId)),
    key: keyIsToldBy(message) ? told : looked.includes(-1) ? [] : looked,
  };
}

/** Under REPLICA IDENTITY FULL every column identifies the row, and under NOTHING none does: neither tells the primary key. */
export function keyIsToldBy({ identity }: RelationMessage): boolean {
  return identity === "d" || identity === "i";
}

export function collectionOf(schema: string, name: string): string {
  return schema === "public" ? name : `${schema}.${name}`;
}

/** Users, sessions and idempotency keys of the gateway, which a publication of all tables has too: hashes of passwords are not for rules. */
export function isOwn(collection: string): boolean {
  return /^backstitch\.(?:login|gateway)_/.test(collection);
}

/** Why nothing reads a table that {@link isOwn}. */
export function whyOwn(collection: string): string {
  return `"${collection}" is the gateway's own: its changes are no events, since it holds what nobody may read.`;
}

/** The row of a tuple without the fields that were not sent. */
export function rowOf({ names, converts }: Relation, cells: Tuple): Row {
  const row: Record<string, Value> = {};
  for (let index = 0; index < names.length; index += 1) {
    const cell = cells[index];
    if (cell !== undefined) assign(row, names[index] as string, valueOf(cell, converts[index]));
  }
  return row;
}

/** `null`: the table has no key, or the server did not send it. */
export function keyOf({ names, converts, key }: Relation, cells: Tuple): Row | null {
  if (key.length === 0) return null;
  const row: Record<string, Value> = {};
  for (const index of key) assign(row, names[index] as string, valueOf(cells[index] ?? null, converts[index]));
  return row;
}

function valueOf(cell: Exclude<Cell, undefined>, convert: Convert = asText): Value {
  return cell === null ? null : convert(cell);
}

/** A column may be called `__proto__`. */
function assign(row: Record<string, Value>, name: string, value: Value): void {
  if (name === "__proto__") Object.defineProperty(row, name, { value, enumerable: true, configurable: true, writable: true });
  else row[name] = value;
}
