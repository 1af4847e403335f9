import type { Operation } from "@backstitch/core/source";
import type { Value } from "@backstitch/core/values";
import { isIndex } from "../../facts/read.ts";
import { isUrlPart } from "../../facts/url-parts.ts";
import type { Path } from "../../path/resolve-path.ts";
import type { ColumnType } from "../input.ts";

export type Kind = "missing" | "null" | "boolean" | "number" | "text" | "list" | "row";

/** One kind of change that a condition may be asked of; or, of a guard, one action. */
export interface World {
  /** Undefined: it is asked of no change. */
  readonly operation: Operation | undefined;
  /** Undefined: any. */
  readonly source: string | undefined;
  /** Undefined: any. */
  readonly collections: readonly string[] | undefined;
  /** Undefined: any. */
  readonly action: string | undefined;
  /** What the column, or the argument, holds; undefined: not known. */
  column(name: string): ColumnType | undefined;
}

/** What a path may find. */
export interface Domain {
  /** Two domains with the same are the same. */
  readonly id: string;
  /** Kinds of the value at the path's end. */
  readonly whole: ReadonlySet<Kind>;
  /** Kinds of the elements where that is a list. */
  readonly elements: ReadonlySet<Kind>;
  /** Only these values; undefined: all of the kinds. */
  readonly only: readonly Value[] | undefined;
  /** Exactly one value is found, an array of rows on the way excluded. */
  readonly single: boolean;
}

const KINDS: readonly Kind[] = ["missing", "null", "boolean", "number", "text", "list", "row"];
const OF_COLUMN: Readonly<Record<ColumnType, readonly Kind[]>> = {
  text: ["missing", "null", "text"],
  number: ["missing", "null", "number"],
  boolean: ["missing", "null", "boolean"],
  list: ["missing", "null", "list"],
  json: KINDS,
};

function domain(id: string, whole: readonly Kind[], more: Partial<Omit<Domain, "whole" | "id">> = {}): Domain {
  const elements = whole.includes("list") ? new Set(KINDS) : new Set<Kind>();
  return { id, whole: new Set(whole), elements, only: undefined, single: true, ...more };
}

const ANY = domain("any", KINDS);
/** An array among the elements of an array is not searched in its turn. */
const ELEMENT = domain("element", KINDS, { elements: new Set<Kind>() });
const SPREAD = domain("spread", KINDS, { single: false });
const MISSING = domain("missing", ["missing"]);
const NULL = domain("null", ["null"]);
const NOTHING = domain("nothing", [], { single: false });
const ROW = domain("row", ["missing", "row"]);
const TEXT = domain("text", ["text"]);
const NAMES = domain("names", ["list"], { elements: new Set<Kind>(["text"]) });
const NO_NAMES = domain("no names", ["list"], { only: [[]], elements: new Set<Kind>() });
const COLUMNS = Object.fromEntries(Object.entries(OF_COLUMN).map(([type, kinds]) => [type, domain(type, kinds)])) as Record<
  ColumnType,
  Domain
>;

/** What a path of an expression may find: it descends into arrays. */
export function domainOf({ root, segments }: Path, world: World): Domain {
  switch (root) {
    case "operation":
    case "source":
    case "collection":
    case "database":
    case "committedAt":
    case "action":
      return segments.length > 0 ? MISSING : textRoot(root, world);
    case "changed":
      return ofChanged(segments, world);
    case "before":
      return world.operation === "insert" ? MISSING : ofRow(segments, world);
    case "after":
      return world.operation === "delete" ? MISSING : ofRow(segments, world);
    case "args":
      return isUrlPart(segments[1]) ? SPREAD : ofRow(segments, world);
    case "key":
      return segments.length === 0 ? ROW : segments.length === 1 ? ANY : SPREAD;
    case "element":
      return segments.length === 0 ? ELEMENT : segments.length === 1 ? ANY : SPREAD;
    case "values":
    case "item":
    case "index":
    case "links":
    case "root":
    case "prevRoot":
    case "user":
    case "request":
      return segments.length <= 1 ? ANY : SPREAD;
  }
}

/** What a fact and path of json-rules-engine find: one value, never more. Of what is no object, the whole. */
export function libraryDomainOf({ root, segments }: Path, world: World): Domain {
  switch (root) {
    case "operation":
    case "source":
    case "collection":
    case "database":
    case "committedAt":
    case "action":
      return textRoot(root, world);
    case "before":
      return world.operation === "insert" ? NULL : ofFact(segments, world);
    case "after":
      return world.operation === "delete" ? NULL : ofFact(segments, world);
    case "args":
      return ofFact(segments, world);
    case "changed":
    case "key":
    case "element":
    case "values":
    case "item":
    case "index":
    case "links":
    case "root":
    case "prevRoot":
    case "user":
    case "request":
      return ANY;
  }
}

function textRoot(root: "operation" | "source" | "collection" | "database" | "committedAt" | "action", world: World): Domain {
  const only = root === "database" || root === "committedAt" ? undefined : world[root === "collection" ? "collections" : root];
  return only === undefined ? TEXT : domain(JSON.stringify(only), ["text"], { only: typeof only === "string" ? [only] : only });
}

function ofChanged([first, ...rest]: readonly string[], world: World): Domain {
  const none = world.operation === "delete";
  if (first === undefined) return none ? NO_NAMES : NAMES;
  if (!isIndex(first)) return NOTHING;
  return rest.length > 0 || none ? MISSING : domain("name", ["missing", "text"]);
}

function ofRow([column, ...rest]: readonly string[], world: World): Domain {
  if (column === undefined) return ROW;
  const type = world.column(column);
  if (type === undefined) return rest.length === 0 ? ANY : SPREAD;
  if (rest.length === 0) return COLUMNS[type];
  return type === "list" || type === "json" ? SPREAD : MISSING;
}

function ofFact([column, ...rest]: readonly string[], world: World): Domain {
  const type = column === undefined ? undefined : world.column(column);
  return type === undefined || rest.length > 0 ? ANY : COLUMNS[type];
}

/** The same without lists anywhere. */
export function withoutLists(given: Domain): Domain {
  const whole = new Set(given.whole);
  whole.delete("list");
  return { ...given, id: `${given.id} without lists`, whole, elements: new Set(), single: true };
}
