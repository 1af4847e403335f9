import type { ChangeEvent } from "@backstitch/core/source";
import type { Row } from "@backstitch/core/values";
import { readable, type Asker, type Query } from "@backstitch/rules/roles";
import { documentOfValues, fieldsOf, type Collection } from "../collections/collection.ts";
import { rightsOf, type Narrowing } from "../collections/visible.ts";

/** Who follows which documents. */
export interface Follower {
  readonly collection: Collection;
  readonly asker: Asker;
  /** Of the documents as the asker may read them. */
  readonly query: Query | undefined;
}

/** What a follower is told. `reset`: what happened cannot be told, so read anew. */
export type Told =
  | { readonly kind: "change"; readonly key: Row | undefined; readonly document: Row }
  | { readonly kind: "remove"; readonly key: Row }
  | { readonly kind: "reset" };

const RESET: readonly Told[] = [{ kind: "reset" }];

/**
 * What of a change somebody may know. A document that they may read, and that their filter leaves in, is told as they may read it; one that it was and no
 * longer is, is told as removed. Where the log does not say enough to tell, they are told to read anew.
 */
export function toldOf(follower: Follower, event: ChangeEvent): readonly Told[] {
  const { before, after, unsent, previousKey } = event;
  // Of whoever's it was and is, the log says too little; but those who can read nothing learn nothing.
  if (unsent.length > 0) return couldReadAny(follower) === "none" ? [] : RESET;
  const now = after === null ? undefined : followed(follower, after);
  if (now !== undefined) {
    const moved = previousKey === undefined ? [] : removal(follower, { before, key: previousKey });
    return [...moved, { kind: "change", key: keyOf(event.key, now), document: now }];
  }
  const mayBeKnown = after === null ? undefined : visibleOf(follower, after);
  // They may read it as it is, so that its key tells them nothing.
  if (mayBeKnown !== undefined && before === undefined) return removed(previousKey ?? event.key, mayBeKnown);
  return removal(follower, { before, key: previousKey ?? event.key });
}

/** The document as the asker may read it, where their filter leaves it in. */
function followed(follower: Follower, row: Row): Row | undefined {
  const document = visibleOf(follower, row);
  return document !== undefined && (follower.query?.matches(document) ?? true) ? document : undefined;
}

function visibleOf({ collection, asker }: Follower, row: Row): Row | undefined {
  return readable(collection.rules, asker, documentOfValues(collection, row));
}

interface Gone {
  readonly before: Row | null | undefined;
  readonly key: Row | null;
}

function removal(follower: Follower, { before, key }: Gone): readonly Told[] {
  if (before === null) return [];
  if (before !== undefined) {
    const was = followed(follower, before);
    return was === undefined ? [] : removed(key, was);
  }
  const couldRead = couldReadAny(follower);
  if (couldRead === "none") return [];
  const known = couldRead === "all" && key !== null ? visibleOf(follower, key) : undefined;
  return known === undefined ? RESET : removed(key, known);
}

/** Whoever cannot read the key's fields could not know by a removal which document is gone. */
function removed(key: Row | null, visible: Row): readonly Told[] {
  const told = keyOf(key, visible);
  return told === undefined ? RESET : [{ kind: "remove", key: told }];
}

function keyOf(key: Row | null, visible: Row): Row | undefined {
  return key !== null && Object.keys(key).every((name) => Object.hasOwn(visible, name)) ? key : undefined;
}

/** Where the rules do not look at documents, the asker can read all of them or none. */
function couldReadAny({ collection, asker }: Follower): "all" | "none" | "depends" {
  const { visible } = rightsOf(collection.rules, asker, fieldsOf(collection));
  const decided = decidedOf(visible);
  return decided === undefined ? "depends" : decided ? "all" : "none";
}

function decidedOf(narrowing: Narrowing): boolean | undefined {
  switch (narrowing.kind) {
    case "const":
      return narrowing.value;
    case "not": {
      const inner = decidedOf(narrowing.condition);
      return inner === undefined ? undefined : !inner;
    }
    case "and":
      return decidedBy(narrowing.all, false);
    case "or":
      return decidedBy(narrowing.any, true);
    case "test":
    case "element":
    case "change":
    case "library":
    case "staged":
    case "engine":
    case "unknown":
      return undefined;
  }
}

/** @param decisive What decides the whole where it is that of one part. */
function decidedBy(parts: readonly Narrowing[], decisive: boolean): boolean | undefined {
  const decided = parts.map(decidedOf);
  if (decided.includes(decisive)) return decisive;
  return decided.includes(undefined) ? undefined : !decisive;
}
