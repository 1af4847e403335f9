import type { JsonSchema, Validate } from "@backstitch/core/connector";
import type { Problem } from "@backstitch/core/rules";
import type { Value } from "@backstitch/core/values";
import { compileWith, type CompiledCondition } from "../condition/compiled-condition.ts";
import { nameOfFile, type RuleFile } from "../files.ts";
import { schemaProblems, type LocatedPath } from "../json/index.ts";
import { OPERATORS } from "../condition/operators/index.ts";
import { ROLE_ROOTS, type Root } from "../path/resolve-path.ts";
import { hasErrors, newReport } from "../problems/report.ts";
import { readConditions, readFile, readValues } from "../surroundings.ts";
import type { CollectionFilter, CollectionRules, FieldPermission, Role } from "./form.ts";
import { compileIn, compileQuery, type RoleLowering } from "./lower-conditions.ts";
import { collectionSchema } from "./schema.ts";

export interface CollectionOptions {
  readonly conditions: readonly RuleFile[];
  readonly values: readonly RuleFile[];
  readonly validate: Validate;
}

export interface CompiledCollection {
  /** Undefined where one of the problems is an error. */
  readonly rules: CollectionRules | undefined;
  readonly problems: readonly Problem[];
}

/** Compiles a file of `collections/`, and reports every problem in it. Never throws, whatever it holds. */
export function compileCollection(file: RuleFile, options: CollectionOptions): CompiledCollection {
  const report = newReport();
  const values = readValues(options.values, report);
  const named = readConditions(options.conditions, report);
  const located = readFile(file, report);
  if (located === undefined) return { rules: undefined, problems: report.problems };
  report.add(...schemaProblems(located, options.validate(collectionSchema)(located.value), { code: "COLLECTION" }));
  if (hasErrors(report.problems)) return { rules: undefined, problems: report.problems };
  const written = located.value as WrittenCollection;
  const name = nameOfFile(file, "collections", ".json");
  const lowering: RoleLowering = { located, report, named, values: Object.keys(values) };
  if (written.schema !== undefined) checkSchema(lowering, written.schema, options.validate);
  const rules: CollectionRules = {
    name,
    table: written.table ?? name,
    document: written.document,
    live: written.live ?? false,
    roles: written.roles.map((role, index) => roleOf(lowering, role, ["roles", index])),
    filters: (written.filters ?? []).map((filter, index) => filterOf(lowering, filter, ["filters", index])),
    schema: written.schema,
  };
  const { problems } = report;
  return { rules: hasErrors(problems) ? undefined : rules, problems };
}

const SCHEMA_REMEDY = 'It is JSON Schema 2020-12, and has no keyword that is not of it, and no "format".';

/** Or every write would fail by it. */
function checkSchema({ located, report }: RoleLowering, schema: JsonSchema, validate: Validate): void {
  try {
    validate(schema);
  } catch (error) {
    const why = error instanceof Error ? error.message : "it cannot be compiled";
    const message = `"schema" is no JSON Schema that documents can be held against: ${why}.`;
    report.in(located, { code: "COLLECTION_SCHEMA_INVALID", path: ["schema"], message, remedy: SCHEMA_REMEDY });
  }
}

interface WrittenPermission {
  readonly read?: Value;
  readonly write?: Value;
  readonly fields?: Readonly<Record<string, WrittenPermission>>;
}

interface WrittenRole extends WrittenPermission {
  readonly name: string;
  readonly applyWhen?: Value;
  readonly documentFilters?: WrittenPermission;
  readonly insert?: Value;
  readonly delete?: Value;
  readonly additionalFields?: WrittenPermission;
}

interface WrittenFilter {
  readonly name: string;
  readonly applyWhen?: Value;
  readonly query?: Value;
  readonly without?: readonly string[];
}

interface WrittenCollection {
  readonly table?: string;
  readonly document?: string;
  readonly live?: boolean;
  readonly roles: readonly WrittenRole[];
  readonly filters?: readonly WrittenFilter[];
  readonly schema?: JsonSchema;
}

/** Who asks, before any document is looked at. */
const ASKER_ROOTS = ["user", "request", "values"] as const satisfies readonly Root[];
/** A document that is deleted will be nothing. */
const DELETE_ROOTS = ["prevRoot", ...ASKER_ROOTS] as const;
/** A role is chosen by the document as it is stored. */
const STORED_ROOTS = ["root", ...ASKER_ROOTS] as const;

function roleOf(lowering: RoleLowering, role: WrittenRole, at: LocatedPath): Role {
  const over = (key: keyof WrittenRole, roots: readonly Root[]): CompiledCondition | undefined =>
    compileIn(lowering, role[key], [...at, key], roots);
  const { documentFilters, fields, additionalFields } = role;
  return {
    name: role.name,
    applyWhen: over("applyWhen", STORED_ROOTS) ?? ALWAYS,
    documentFilters: documentFilters && permissionOf(lowering, documentFilters, [...at, "documentFilters"]),
    read: over("read", STORED_ROOTS),
    write: over("write", ROLE_ROOTS),
    insert: over("insert", ROLE_ROOTS),
    delete: over("delete", DELETE_ROOTS),
    fields: fields && fieldsOf(lowering, fields, [...at, "fields"]),
    additionalFields: additionalFields && permissionOf(lowering, additionalFields, [...at, "additionalFields"]),
  };
}

function permissionOf(lowering: RoleLowering, { read, write, fields }: WrittenPermission, at: LocatedPath): FieldPermission {
  return {
    read: compileIn(lowering, read, [...at, "read"], STORED_ROOTS),
    write: compileIn(lowering, write, [...at, "write"], ROLE_ROOTS),
    fields: fields && fieldsOf(lowering, fields, [...at, "fields"]),
  };
}

function fieldsOf(
  lowering: RoleLowering,
  fields: Readonly<Record<string, WrittenPermission>>,
  at: LocatedPath,
): ReadonlyMap<string, FieldPermission> {
  return new Map(Object.entries(fields).map(([name, entry]) => [name, permissionOf(lowering, entry, [...at, name])]));
}

function filterOf(lowering: RoleLowering, filter: WrittenFilter, at: LocatedPath): CollectionFilter {
  return {
    name: filter.name,
    applyWhen: compileIn(lowering, filter.applyWhen, [...at, "applyWhen"], ASKER_ROOTS) ?? ALWAYS,
    query: compileQuery(lowering, filter.query, [...at, "query"], ASKER_ROOTS),
    without: filter.without ?? [],
  };
}

const ALWAYS: CompiledCondition = compileWith(OPERATORS, { kind: "const", value: true });
