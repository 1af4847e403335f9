import type { SchemaFault, Validate } from "@backstitch/core/connector";
import { jsonText, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { mayWrite, readable, type Asker, type Write } from "@backstitch/rules/roles";
import { HttpProblem } from "../http/problem.ts";
import type { Database, Queries } from "../postgres/database.ts";
import { askedPaths, changedPaths, patchOf, replacementOf, revisedBy, sightOf, type Revised, type Revision } from "./changes.ts";
import type { Collection } from "./collection.ts";
import { checkPreconditions, type Preconditions } from "./etag.ts";
import { notFound } from "./read.ts";
import { insert, remove, storedByKey, update } from "./stored.ts";

/** Who writes where. */
export interface Writing {
  readonly database: Database;
  readonly collection: Collection;
  readonly asker: Asker;
  readonly validate: Validate;
}

/** A document that was written, as far as its writer may read it. */
export interface Written {
  readonly document: Row | undefined;
  /** By which it is found. */
  readonly key: readonly string[];
  readonly created: boolean;
}

/** Adds documents, all or none. @throws HttpProblem */
export async function insertAll({ database, ...writing }: Writing, documents: readonly Row[]): Promise<readonly Written[]> {
  return database.transaction((queries) => insertEach(queries, writing, documents));
}

export type InTransaction = Omit<Writing, "database">;

/** Within a transaction that is not committed where one of them may not be added. @throws HttpProblem */
export async function insertEach(queries: Queries, writing: InTransaction, documents: readonly Row[]): Promise<readonly Written[]> {
  const written: Written[] = [];
  for (const document of documents) written.push(await insertOne(queries, writing, document));
  return written;
}

async function insertOne(queries: Queries, writing: InTransaction, document: Row): Promise<Written> {
  const after = await insert(queries, writing.collection, document).catch((error: unknown) => {
    // What the database says of the value of somebody else's is for those alone who might have written so.
    if (error instanceof HttpProblem) permit(writing, { before: undefined, after: document, changed: changedPaths({}, document) });
    throw error;
  });
  permit(writing, { before: undefined, after, changed: changedPaths({}, after, Object.keys(document)) });
  return writtenOf(writing, after, true);
}

/** Where and under which conditions a document is written. */
export interface Target {
  /** As it stands in the address. */
  readonly key: readonly string[];
  readonly preconditions: Preconditions;
}

/** Changes the given fields; objects in it are merged into those that are there. @throws HttpProblem */
export async function patch({ database, ...writing }: Writing, target: Target, given: Row): Promise<Written> {
  return database.transaction(async (queries) => {
    const before = await toBeWritten(queries, writing, target);
    return change(queries, writing, { target, before, revision: patchOf(writing.collection.rules.document, given) });
  });
}

/** Revises documents, all or none. @param keys Of documents that were seen; one that is gone by now is left out. @throws HttpProblem */
export async function reviseAll(
  { database, ...writing }: Writing,
  keys: readonly (readonly string[])[],
  revision: Revision,
): Promise<{ readonly matched: number; readonly modified: number }> {
  return database.transaction(async (queries) => {
    let matched = 0;
    let modified = 0;
    for (const key of keys) {
      const target: Target = { key, preconditions: NO_CONDITIONS };
      const before = await storedByKey(queries, { collection: writing.collection, key }, "lock");
      if (before === undefined || readable(writing.collection.rules, writing.asker, before) === undefined) continue;
      matched += 1;
      if ((await change(queries, writing, { target, before, revision })).modified) modified += 1;
    }
    return { matched, modified };
  });
}

/** Deletes documents, all or none. @throws HttpProblem */
export async function removeAll({ database, ...writing }: Writing, keys: readonly (readonly string[])[]): Promise<number> {
  return database.transaction(async (queries) => {
    let removed = 0;
    for (const key of keys) {
      const before = await storedByKey(queries, { collection: writing.collection, key }, "lock");
      if (before === undefined || readable(writing.collection.rules, writing.asker, before) === undefined) continue;
      permit(writing, { before, after: undefined, changed: [] });
      await remove(queries, writing.collection, key);
      removed += 1;
    }
    return removed;
  });
}

const NO_CONDITIONS: Preconditions = { ifMatch: undefined, ifNoneMatch: undefined };

/** Puts a whole document in the place of the one that is there; where there is none, adds it. @throws HttpProblem */
export async function replace({ database, ...writing }: Writing, target: Target, given: Row): Promise<Written> {
  return database.transaction(async (queries) => {
    const { collection } = writing;
    const stored = await storedByKey(queries, { collection, key: target.key }, "lock");
    const stays = stored === undefined ? keyFrom(collection, target.key) : lasting(collection, stored);
    const document = rowFrom([...Object.entries(stays), ...Object.entries(given)]);
    if (!isSameKey(keyOf(collection, document), target.key))
      throw new HttpProblem(422, "KEY_DIFFERS", "The document has another key than the address.");
    if (stored === undefined) {
      checkPreconditions(target.preconditions, undefined);
      return insertOne(queries, writing, document);
    }
    const shown = readable(collection.rules, writing.asker, stored);
    if (shown === undefined) {
      // To whom it is not there it is as if it were added, which it cannot be.
      checkPreconditions(target.preconditions, undefined);
      permit(writing, { before: undefined, after: document, changed: changedPaths({}, document) });
      throw new HttpProblem(409, "ALREADY_THERE", "There is such a document already.");
    }
    checkPreconditions(target.preconditions, shown);
    return change(queries, writing, { target, before: stored, revision: replacing(collection, withoutKey(collection, given)) });
  });
}

/** Another document in the place of one. It need not say the key, nor what the database makes by itself. */
export function replacing(collection: Collection, given: Row): Revision {
  return replacementOf(collection.rules.document, given, (document) => lasting(collection, document));
}

/** The address said it already. */
function withoutKey({ table }: Collection, given: Row): Row {
  return rowFrom(Object.entries(given).filter(([name]) => !table.key.some((column) => column.name === name)));
}

function isSameKey(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}

/** As far as it is seen. */
function lasting({ table, rules }: Collection, document: Row): Row {
  const generated = rules.document === undefined ? table.columns.filter(({ isGenerated }) => isGenerated) : [];
  const names = new Set([...table.key, ...generated].map(({ name }) => name));
  return rowFrom(Object.entries(document).filter(([name]) => names.has(name)));
}

/** The address says it, so the document need not. */
function keyFrom({ table }: Collection, key: readonly string[]): Row {
  return rowFrom(table.key.map(({ name }, index) => [name, key[index] ?? ""] as const));
}

/** Deletes a document. @throws HttpProblem */
export async function removeByKey({ database, ...writing }: Writing, target: Target): Promise<void> {
  await database.transaction(async (queries) => {
    const before = await toBeWritten(queries, writing, target);
    permit(writing, { before, after: undefined, changed: [] });
    await remove(queries, writing.collection, target.key);
  });
}

/** Locked, so that what is decided of it stays true. Who may not read it is not told that it is there. */
async function toBeWritten(queries: Queries, { collection, asker }: InTransaction, target: Target): Promise<Row> {
  const stored = await storedByKey(queries, { collection, key: target.key }, "lock");
  const document = stored && readable(collection.rules, asker, stored);
  if (stored === undefined || document === undefined) throw notFound(collection, target.key);
  checkPreconditions(target.preconditions, document);
  return stored;
}

interface Change {
  readonly target: Target;
  readonly before: Row;
  readonly revision: Revision;
}

async function change(
  queries: Queries,
  writing: InTransaction,
  { target, before, revision }: Change,
): Promise<Written & { readonly modified: boolean }> {
  const { collection } = writing;
  const revised = revise(writing, before, revision);
  if (revised.fields.length === 0) return { ...writtenOf(writing, before, false), modified: false };
  const { document, fields } = revised;
  const after = await update(queries, { collection, key: target.key }, document, fields).catch((error: unknown) => {
    if (error instanceof HttpProblem) permit(writing, { before, after: document, changed: askedPaths(before, document, revised) });
    throw error;
  });
  permit(writing, { before, after, changed: askedPaths(before, after, revised) });
  return { ...writtenOf(writing, after, false), modified: true };
}

function revise(writing: InTransaction, before: Row, revision: Revision): Revised {
  const sight = sightOf(writing.collection.rules, writing.asker, before, revision);
  try {
    return revisedBy(before, sight, revision);
  } catch (error) {
    // Why it cannot be done tells what is there.
    if (sight.withheld.length > 0) permit(writing, { before, after: before, changed: sight.withheld });
    throw error;
  }
}

/** What is not permitted is rolled back. @throws HttpProblem 403, and 422 for what the collection's schema does not take */
function permit({ collection, asker, validate }: InTransaction, write: Write): void {
  const decision = mayWrite(collection.rules, asker, write);
  if (!decision.allowed)
    throw new HttpProblem(403, "NOT_PERMITTED", `The rules of "${collection.rules.name}" do not permit this to you.`, {
      reason: decision.because,
    });
  const { schema } = collection.rules;
  if (schema === undefined || write.after === undefined) return;
  const faults = validate(schema)(JSON.parse(jsonText(write.after)));
  if (faults.length > 0)
    throw new HttpProblem(422, "DOCUMENT_INVALID", sentenceOf(collection, faults), { more: { faults: faults.map(told) } });
}

function sentenceOf({ rules }: Collection, faults: readonly SchemaFault[]): string {
  return `This is no document of "${rules.name}": ${faults.map(({ message }) => message).join(" ")}`;
}

function told({ path, message }: SchemaFault): Row {
  return { path: path.map(String), message };
}

function writtenOf({ collection, asker }: InTransaction, stored: Row, created: boolean): Written {
  return { document: readable(collection.rules, asker, stored), key: keyOf(collection, stored), created };
}

/** As it stands in an address. */
export function keyOf({ table }: Collection, document: Row): readonly string[] {
  return table.key.map(({ name }) => textOf(document[name] ?? null));
}

function textOf(value: Value): string {
  return typeof value === "string" ? value : jsonText(value);
}
