export type { Condition, Operand } from "../condition/form.ts";
export { Instant, textOfInstant, type Literal } from "../condition/instant.ts";
export type { Path } from "../path/resolve-path.ts";
export { compileCollection, type CollectionOptions, type CompiledCollection } from "./compile-collection.ts";
export { mayWrite, readable, type Asker, type Decision, type Write } from "./decide.ts";
export type { CollectionFilter, CollectionRules, FieldPermission, Role } from "./form.ts";
export { readQuery, type Query, type ReadQuery } from "./query.ts";
export { collectionSchema } from "./schema.ts";
export { specialise } from "./specialise.ts";
