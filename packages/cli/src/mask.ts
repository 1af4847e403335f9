import { declaredFor, withBranches, type JsonSchema } from "@backstitch/core/connector";
import { isList, isRow, type Row, type Value } from "@backstitch/core/values";
import type { Project } from "@backstitch/project";

/**
 * Hides whom a delivery goes to: what the action's schema marks `recipient` keeps its first and last characters only.
 * Where no schema says what is what (the service is gone from the project), everything is hidden; and everywhere what looks like
 * a telephone number or a mail address, since the body of one delivery may be the row that names the recipient of another.
 */
export function maskRecipients(value: Value, schema: JsonSchema | undefined): Value {
  return schema === undefined ? maskAll(value) : maskBy([schema], value);
}

function maskBy(declared: readonly JsonSchema[], value: Value): Value {
  const schemas = declared.flatMap(withBranches);
  if (schemas.some(({ recipient }) => recipient === true)) return maskAll(value);
  if (isList(value)) {
    const items = schemas.flatMap((schema) => schema.items ?? []);
    return value.map((item) => maskBy(items, item));
  }
  if (isRow(value))
    return mapRow(value, (item, name) =>
      maskBy(
        schemas.flatMap((schema) => declaredFor(schema, name)),
        item,
      ),
    );
  return typeof value === "string" ? value.replaceAll(RECIPIENT, maskText) : value;
}

const RECIPIENT = /\+\d{7,15}|[^\s@"'<>(),:;]+@[\p{L}\d-]+(?:\.[\p{L}\d-]+)+/gu;

/** The schema of an action's arguments; undefined where the service or the action is gone from the project. */
export function argsSchemaOf(
  services: Project["services"],
  { service, action }: { readonly service: string | undefined; readonly action: string | undefined },
): JsonSchema | undefined {
  return services.find(({ name }) => name === service)?.connector.actions[action ?? ""]?.args;
}

/** The texts and numbers that a schema marks `recipient`, as texts. */
export function recipientsIn(value: Value, schema: JsonSchema | undefined): readonly string[] {
  return schema === undefined ? [] : gather([schema], value);
}

function gather(declared: readonly JsonSchema[], value: Value): readonly string[] {
  const schemas = declared.flatMap(withBranches);
  const isRecipient = schemas.some(({ recipient }) => recipient === true);
  if (isList(value)) return value.flatMap((item) => gather(isRecipient ? schemas : schemas.flatMap((schema) => schema.items ?? []), item));
  if (isRow(value))
    return Object.entries(value).flatMap(([name, item]) =>
      gather(isRecipient ? schemas : schemas.flatMap((schema) => declaredFor(schema, name)), item),
    );
  return isRecipient && value !== null ? [String(value)] : [];
}

/** Whether a schema marks anything `recipient`; what is not known does. */
export function namesRecipient(schema: JsonSchema | undefined): boolean {
  if (schema === undefined) return true;
  const { recipient, properties = {}, additionalProperties: others, items } = schema;
  const parts = [...Object.values(properties), ...(items === undefined ? [] : [items]), ...(typeof others === "object" ? [others] : [])];
  return recipient === true || [...parts, ...withBranches(schema).slice(1)].some(namesRecipient);
}

function maskAll(value: Value): Value {
  if (typeof value === "string") return maskText(value);
  if (isList(value)) return value.map(maskAll);
  return isRow(value) ? mapRow(value, maskAll) : "•••";
}

function mapRow(row: Row, change: (item: Value, name: string) => Value): Row {
  return Object.fromEntries(Object.entries(row).map(([name, item]) => [name, change(item, name)]));
}

/** `+15005550009` → `+15•••09`, `ada@example.com` → `a•••@example.com`. */
export function maskText(text: string): string {
  const at = text.lastIndexOf("@");
  if (at > 0) return `${text[0]}•••${text.slice(at)}`;
  return text.length < 7 ? "•••" : `${text.slice(0, 3)}•••${text.slice(-2)}`;
}
