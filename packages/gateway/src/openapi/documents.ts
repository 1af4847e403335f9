import { isList, isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import type { CollectionRules, FieldPermission, Role } from "@backstitch/rules/roles";
import type { Collection } from "../collections/collection.ts";
import type { Column } from "../postgres/catalogue.ts";
import { columnSchema } from "./columns.ts";
import { idOf, schemaRef } from "./parts.ts";

/** JSON Schema of a document as it is answered: rules may withhold any field, so none is always there. */
export function documentSchema({ table, rules }: Collection): Row {
  const columns = rules.document === undefined ? table.columns : table.key;
  const ofColumns = columns.filter(({ name }) => mayBeTold(rules, name)).map((column) => [column.name, columnSchema(column)] as const);
  const own = rules.document === undefined ? undefined : ownSchema(rules);
  const properties = Object.entries(own?.properties ?? {}).filter(([name]) => mayBeTold(rules, name));
  const definitions = own?.definitions === undefined ? {} : { $defs: own.definitions };
  return { type: "object", properties: rowFrom([...properties, ...ofColumns]), ...definitions };
}

/** The same of a body. @param keyIsInAddress Then the document need not say it. */
export function writtenSchema(collection: Collection, keyIsInAddress: boolean): Row {
  const { table, rules } = collection;
  const isKey = (name: string): boolean => table.key.some((column) => column.name === name);
  const columns = rules.document === undefined ? table.columns : table.key;
  const needed = columns.filter(isNeeded).map(({ name }) => name);
  const inside = rules.document === undefined ? [] : (ownSchema(rules)?.required ?? []).filter((name) => !isKey(name));
  const required = [...needed, ...inside].filter((name) => mayBeTold(rules, name) && !(keyIsInAddress && isKey(name)));
  return { ...schemaRef(idOf(rules.name)), ...(required.length === 0 ? {} : { required }) };
}

function isNeeded({ isNullable, hasDefault, isGenerated }: Column): boolean {
  return !isNullable && !hasDefault && !isGenerated;
}

/** Whether some role may let somebody read or write a field: of others nobody is told. */
export function mayBeTold({ roles }: Pick<CollectionRules, "roles">, field: string): boolean {
  return roles.some((role) => may(role) || permits(role.fields?.get(field) ?? role.additionalFields));
}

function may({ read, write }: Pick<Role, "read" | "write">): boolean {
  return [read, write].some((condition) => condition !== undefined && !(condition.form.kind === "const" && !condition.form.value));
}

function permits(permission: FieldPermission | undefined): boolean {
  return permission !== undefined && (may(permission) || [...(permission.fields?.values() ?? [])].some(permits));
}

interface OwnSchema {
  readonly properties: Row;
  readonly required: readonly string[];
  readonly definitions: Row | undefined;
}

/** What the collection's own schema says of the fields of its documents. */
function ownSchema({ name, schema, roles }: CollectionRules): OwnSchema | undefined {
  // A schema has more keywords than the type that is written for ours.
  const own = schema as unknown as Row | undefined;
  if (own === undefined || !isRow(own["properties"]) || ELSEWHERE.test(JSON.stringify(own))) return undefined;
  const { properties, $defs: definitions, required } = moved(own, `${schemaRef(idOf(name)).$ref}/`) as Row;
  // Where rules withhold parts of a field, what is answered may lack what the schema asks for.
  const isPartly = (field: string): boolean => roles.some(({ fields }) => fields?.get(field)?.fields !== undefined);
  return {
    properties: rowFrom(Object.entries(properties as Row).map(([field, of]) => [field, isPartly(field) ? {} : of] as const)),
    required: isList(required) ? required.filter((one) => typeof one === "string") : [],
    definitions: isRow(definitions) ? definitions : undefined,
  };
}

/** They lead to places that a schema within a document does not have. */
const ELSEWHERE = /"\$(?:id|anchor|dynamicRef|dynamicAnchor|recursiveRef)":|"\$ref":"(?!#\/(?:properties|\$defs)\/)/;

/** References lead to where the schema is now. */
function moved(value: Value, to: string): Value {
  if (isList(value)) return value.map((item) => moved(item, to));
  if (!isRow(value)) return value;
  return rowFrom(
    Object.entries(value).map(([name, item]) =>
      name === "$ref" && typeof item === "string" ? ([name, item.replace(/^#\//, to)] as const) : ([name, moved(item, to)] as const),
    ),
  );
}
