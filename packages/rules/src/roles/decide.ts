import { isList, isRow, rowFrom, setField, type Row, type Value } from "@backstitch/core/values";
import type { CompiledCondition } from "../condition/compiled-condition.ts";
import { roleFacts, type Asked, type Facts } from "../facts/facts.ts";
import { gatherReads } from "../condition/reads.ts";
import type { Path } from "../path/resolve-path.ts";
import type { CollectionRules, FieldPermission, Role } from "./form.ts";

/** Who asks, and how; `values` are the project's. */
export type Asker = Pick<Asked, "user" | "request" | "values">;

/** Where a write stops. */
export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly because: string };

const ALLOWED: Decision = { allowed: true };

/** A condition that is absent, undecided or fails permits nothing. @param document What a query is about, whose names have no root. */
export function holds(condition: CompiledCondition | undefined, facts: Facts, document?: Row): boolean {
  try {
    return condition?.decide(facts, document) === true;
  } catch {
    return false;
  }
}

/**
 * A document as it is stored, and who asks. Who may write may read: that is asked as if the document were written as it is, since without
 * what it was before, who may only add could read all.
 */
export function storedFacts({ user, request, values }: Asker, document: Row | undefined): Facts {
  return roleFacts({ root: document, prevRoot: document, user, request, values });
}

/** The first role that applies to a document as it is stored; of one that is being added, as it will be. */
export function roleOf({ roles }: CollectionRules, facts: Facts): Role | undefined {
  return roles.find(({ applyWhen }) => holds(applyWhen, facts));
}

/** Whether the filters of the collection leave the document in. */
export function passesFilters({ filters }: CollectionRules, facts: Facts): boolean {
  return filters.every(({ applyWhen, query }) => !holds(applyWhen, facts) || holds(query, facts, facts.root));
}

/**
 * What somebody may read of a document: the whole, some of its fields, or nothing (undefined).
 * The decision procedure of MongoDB's collection rules: filters, the first role that applies, document, fields; deny by default.
 */
export function readable(rules: CollectionRules, asker: Asker, document: Row): Row | undefined {
  const facts = storedFacts(asker, document);
  if (!passesFilters(rules, facts)) return undefined;
  const role = roleOf(rules, facts);
  const shown = role && readableUnder(role, facts, document);
  return shown && withoutHidden(rules, facts, shown);
}

function readableUnder(role: Role, facts: Facts, document: Row): Row | undefined {
  const { documentFilters, read, write } = role;
  if (documentFilters !== undefined && !holds(documentFilters.read, facts) && !holds(documentFilters.write, facts)) return undefined;
  if (holds(read, facts) || holds(write, facts)) return document;
  return read === undefined ? readableFields(role, facts, document) : undefined;
}

function readableFields({ fields, additionalFields }: Role, facts: Facts, document: Row): Row | undefined {
  return partOf(document, (name, value) => readableValue(fields?.get(name) ?? additionalFields, facts, value));
}

/** What is left of each field; undefined: nothing of any. */
function partOf(row: Row, left: (name: string, value: Value) => Value | undefined): Row | undefined {
  let part: Record<string, Value> | undefined;
  for (const name of Object.keys(row)) {
    const value = left(name, row[name] as Value);
    if (value !== undefined) setField((part ??= {}), name, value);
  }
  return part;
}

/** Where `read` or `write` is written for a field, it decides over what is in it too. */
function readableValue(permission: FieldPermission | undefined, facts: Facts, value: Value): Value | undefined {
  if (permission === undefined) return undefined;
  const { read, write, fields } = permission;
  if (holds(read, facts) || holds(write, facts)) return value;
  return fields === undefined || read !== undefined || write !== undefined ? undefined : readableWithin(fields, facts, value);
}

function readableWithin(fields: ReadonlyMap<string, FieldPermission>, facts: Facts, value: Value): Value | undefined {
  if (isList(value)) return readableItems(fields, facts, value);
  if (!isRow(value)) return undefined;
  return partOf(value, (name, item) => readableValue(fields.get(name), facts, item));
}

/** Of a list, too, nothing is given where nothing in it may be read: that a list is there would tell that the document is. */
function readableItems(fields: ReadonlyMap<string, FieldPermission>, facts: Facts, items: readonly Value[]): Value | undefined {
  const kept = items.map((item) => readableWithin(fields, facts, item)).filter((item) => item !== undefined);
  return kept.length === 0 ? undefined : kept;
}

/** Of a document that somebody may read something of: whether what is at a path is theirs to read, be it there or not. */
export function pathReader(rules: CollectionRules, asker: Asker, document: Row): (path: readonly string[]) => boolean {
  const facts = storedFacts(asker, document);
  const role = roleOf(rules, facts);
  const hidden = hiddenBy(rules, facts);
  const isWhole = holds(role?.read, facts) || holds(role?.write, facts);
  return ([first = "", ...inside]) => {
    if (role === undefined || hidden.has(first)) return false;
    if (isWhole) return true;
    const permission = permissionAt(role, [first, ...inside]);
    return holds(permission?.read, facts) || holds(permission?.write, facts);
  };
}

function hiddenBy({ filters }: CollectionRules, facts: Facts): ReadonlySet<string> {
  return new Set(filters.flatMap(({ applyWhen, without }) => (without.length > 0 && holds(applyWhen, facts) ? without : [])));
}

function withoutHidden(rules: CollectionRules, facts: Facts, document: Row): Row {
  if (rules.filters.length === 0) return document;
  const hidden = hiddenBy(rules, facts);
  return hidden.size === 0 ? document : rowFrom(Object.entries(document).filter(([name]) => !hidden.has(name)));
}

/** A write, as it would leave the document. */
export interface Write {
  /** As it is stored; undefined where it is being added. */
  readonly before: Row | undefined;
  /** As it would be stored; undefined where it is being deleted. */
  readonly after: Row | undefined;
  /** The fields that the asker wrote, each by its path: of an embedded document of which a part changed, that part. */
  readonly changed: readonly (readonly string[])[];
}

/** Whether somebody may write so. */
export function mayWrite(rules: CollectionRules, asker: Asker, write: Write): Decision {
  const { before, after } = write;
  const chosenBy = storedFacts(asker, before ?? after ?? {});
  if (before !== undefined && !passesFilters(rules, chosenBy)) return denied("the document is not among those that the filters leave");
  const role = roleOf(rules, chosenBy);
  if (role === undefined) return denied("no role applies to the document");
  const named = `role ${JSON.stringify(role.name)}`;
  const may = bothStates(asker, write);
  // What is deleted is asked about as it is: it will be nothing.
  const mayAtAll = after === undefined ? bothStates(asker, { ...write, after: before }) : may;
  if (role.documentFilters !== undefined && !mayAtAll(role.documentFilters.write)) return denied(`${named}: documentFilters.write`);
  if (after === undefined) return may(role.delete) ? ALLOWED : denied(`${named}: delete`);
  if (before === undefined && !may(role.insert)) return denied(`${named}: insert`);
  if (role.write !== undefined) return may(role.write) ? ALLOWED : denied(`${named}: write`);
  const refused = write.changed.find((path) => !may(permissionAt(role, path)?.write));
  if (role.fields === undefined && role.additionalFields === undefined) return denied(`${named}: write`);
  return refused === undefined ? ALLOWED : denied(`${named}: the field ${JSON.stringify(refused.join("."))}`);
}

function denied(because: string): Decision {
  return { allowed: false, because };
}

type May = (condition: CompiledCondition | undefined) => boolean;

/**
 * A condition must be true of the document as it will be and, unless it looks at the document as it was by itself (`prevRoot`), as it is:
 * or one could make somebody else's document one's own by writing that it is.
 */
function bothStates(asker: Asker, { before, after }: Write): May {
  const later = roleFacts({ ...asker, root: after, prevRoot: before });
  const now = before !== undefined && after !== undefined ? roleFacts({ ...asker, root: before, prevRoot: before }) : undefined;
  return (condition) => {
    if (condition === undefined || !holds(condition, later)) return false;
    return now === undefined || readsBefore(condition) || holds(condition, now);
  };
}

/** What decides over a path: the outermost that says anything of it. */
function permissionAt({ fields, additionalFields }: Role, [first = "", ...inside]: readonly string[]): FieldPermission | undefined {
  let permission = fields?.get(first) ?? additionalFields;
  for (const name of inside) {
    if (permission === undefined || permission.read !== undefined || permission.write !== undefined) break;
    permission = permission.fields?.get(name);
  }
  return permission;
}

/** Whether a condition reads the document as it was before. */
export function readsBefore({ form }: CompiledCondition): boolean {
  const reads: Path[] = [];
  gatherReads(form, reads);
  return reads.some(({ root }) => root === "prevRoot");
}
