import type { JsonSchema } from "@backstitch/core/connector";
import type { CompiledCondition } from "../condition/compiled-condition.ts";

/** What a person may do with a field. `undefined`: the key is absent, which is not `false`. */
export interface FieldPermission {
  readonly read: CompiledCondition | undefined;
  readonly write: CompiledCondition | undefined;
  /** Of the fields of an embedded document, where neither `read` nor `write` stands here. */
  readonly fields: ReadonlyMap<string, FieldPermission> | undefined;
}

/** What one kind of person may do with the documents that it applies to. `undefined`: the key is absent, which is not `false`. */
export interface Role {
  readonly name: string;
  readonly applyWhen: CompiledCondition;
  readonly documentFilters: Pick<FieldPermission, "read" | "write"> | undefined;
  readonly read: CompiledCondition | undefined;
  readonly write: CompiledCondition | undefined;
  readonly insert: CompiledCondition | undefined;
  readonly delete: CompiledCondition | undefined;
  readonly fields: ReadonlyMap<string, FieldPermission> | undefined;
  readonly additionalFields: FieldPermission | undefined;
}

/** A query that is added to everybody's own, where it applies to them. */
export interface CollectionFilter {
  readonly name: string;
  /** Over `user`, `request` and `values` alone. */
  readonly applyWhen: CompiledCondition;
  /** Over the document: its paths have the root `element`. */
  readonly query: CompiledCondition;
  /** Fields that are left out of every answer. */
  readonly without: readonly string[];
}

/** The rules of one collection, compiled. */
export interface CollectionRules {
  /** The file's name without `.json`: what the collection is called over HTTP. */
  readonly name: string;
  /** The table: `orders` in schema public, else `schema.table`. */
  readonly table: string;
  /** The `jsonb` column that holds the documents. Undefined: a row is a document. */
  readonly document: string | undefined;
  /** Whether its changes are told as they happen. */
  readonly live: boolean;
  /** The first that applies to a document decides. */
  readonly roles: readonly Role[];
  readonly filters: readonly CollectionFilter[];
  /** What documents must be once they were written. */
  readonly schema: JsonSchema | undefined;
}
