import type { ChangeEvent } from "@backstitch/core/source";
import type { Row, Value } from "@backstitch/core/values";

/** Everything that a condition or an argument may read, in one shape for rules, guards and roles, so that one compiler serves all. */
export interface Facts {
  readonly before: Row | null | undefined;
  readonly after: Row | null;
  readonly changed: readonly string[] | undefined;
  readonly key: Row | null;
  readonly operation: string;
  readonly source: string;
  readonly database: string;
  readonly collection: string;
  readonly committedAt: string;
  readonly values: Row;
  /** Of an entry with `each`, the element; else undefined. */
  readonly item: Value | undefined;
  /** Its place in the list, from 0. */
  readonly index: number | undefined;
  /** Of an entry with `links`, what stands for each. */
  readonly links: Row;
  readonly args: Row;
  readonly action: string;
  /** Of a role: the document as it is, or as it will be once it was written; undefined where it is being deleted. */
  readonly root: Row | undefined;
  /** Of a role: the document as it was before it was written. */
  readonly prevRoot: Row | undefined;
  /** Who asks. */
  readonly user: Row | undefined;
  /** How they ask. */
  readonly request: Row | undefined;
  /** Fields of `after` that exist but were not sent; of a call that is looked at beforehand, the arguments that are not known yet. */
  readonly unsent: readonly string[];
  /** Paths that a test wanted and the source did not send, gathered while one rule is decided. */
  readonly missed: string[];
  /** What json-rules-engine said of the conditions that it decides, by their number in the rule; undefined: undecided. */
  readonly verdicts: (boolean | undefined)[];
}

/** Whether the source left a field of `after` out, or an argument is not known; without a name: any of them. `"*"` stands for every field that `after` does not hold. */
export function isUnsent({ unsent, after }: Facts, field: string | undefined): boolean {
  if (unsent.length === 0) return false;
  if (field === undefined || unsent.includes(field)) return true;
  return unsent.includes("*") && !Object.hasOwn(after ?? NOTHING, field);
}

const NOTHING: Row = {};
const NONE: readonly string[] = [];
const NOBODY = { root: undefined, prevRoot: undefined, user: undefined, request: undefined };

/** What is gathered while one rule is decided: facts of events that are decided one after the other may share it. */
export type Notes = Pick<Facts, "missed" | "verdicts">;

export function eventFacts(event: ChangeEvent, values: Row, { missed, verdicts }: Notes = { missed: [], verdicts: [] }): Facts {
  return {
    before: event.before,
    after: event.after,
    changed: event.changed,
    key: event.key,
    operation: event.operation,
    source: event.source,
    database: event.database,
    collection: event.collection,
    committedAt: event.committedAt,
    values,
    item: undefined,
    index: undefined,
    links: NOTHING,
    args: NOTHING,
    action: "",
    ...NOBODY,
    unsent: event.unsent,
    missed,
    verdicts,
  };
}

/** A call of a user, as a guard sees it. */
export function callFacts(action: string, args: Row, values: Row, user: Row | undefined): Facts {
  return { ...guardFacts(action, args, values), user };
}

/** @param unknown Names of arguments that nobody knows yet: a test that reads one is undecided. */
export function guardFacts(action: string, args: Row, values: Row, unknown: readonly string[] = []): Facts {
  return { ...roleFacts({ ...NOBODY, values }), args, action, unsent: unknown };
}

/** A document, who asks for it, and how. */
export type Asked = Pick<Facts, "root" | "prevRoot" | "user" | "request" | "values">;

/** What a role's conditions are decided over. Written out, since one is made for each document that is looked at. */
export function roleFacts({ root, prevRoot, user, request, values }: Asked): Facts {
  return {
    before: null,
    after: null,
    changed: NONE,
    key: null,
    operation: "",
    source: "",
    database: "",
    collection: "",
    committedAt: "",
    values,
    item: undefined,
    index: undefined,
    links: NOTHING,
    args: NOTHING,
    action: "",
    root,
    prevRoot,
    user,
    request,
    unsent: NONE,
    missed: [],
    verdicts: [],
  };
}

/** Reads a root; inside `$elemMatch` the element itself. Roots that are null (`before` of an insert) count as missing. */
export type RootOf = (facts: Facts, element: Value | undefined) => Value | undefined;

export const ROOTS: Readonly<Record<string, RootOf>> = {
  element: (_, element) => element,
  before: (facts) => facts.before ?? undefined,
  after: (facts) => facts.after ?? undefined,
  changed: (facts) => facts.changed,
  key: (facts) => facts.key ?? undefined,
  operation: (facts) => facts.operation,
  source: (facts) => facts.source,
  database: (facts) => facts.database,
  collection: (facts) => facts.collection,
  committedAt: (facts) => facts.committedAt,
  values: (facts) => facts.values,
  item: (facts) => facts.item,
  index: (facts) => facts.index,
  links: (facts) => facts.links,
  args: (facts) => facts.args,
  action: (facts) => facts.action,
  root: (facts) => facts.root,
  prevRoot: (facts) => facts.prevRoot,
  user: (facts) => facts.user,
  request: (facts) => facts.request,
};
