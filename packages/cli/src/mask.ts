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
  return typeof value === "string" ? maskWithin(value) : value;
}

/** What looks like a telephone number or a mail address. */
function maskWithin(text: string): string {
  return text.replaceAll(RECIPIENT, maskText);
}

/** A character as it is, or percent-encoded, as in a path; a URL within a URL is encoded more than once. */
const orEncoded = (plain: string, hex: string): string => `(?:${plain}|%(?:25)*${hex})`;

const AT = orEncoded("@", "40");
const DOMAIN = `${orEncoded(String.raw`[\p{L}\d-]`, "[89A-F][0-9A-F]")}+(?:\\.${orEncoded(String.raw`[\p{L}\d-]`, "[89A-F][0-9A-F]")}+)+`;
/** Not longer, so that a long text is not gone through from each of its characters on. */
const MAILBOX = `[^\\s@"'<>(),:;/?&]{1,200}?`;

const SPACE = orEncoded(String.raw`[ .+\u00a0\u202f-]`, "(?:20|2D|2E|C2%(?:25)*A0)");
const [OPEN, CLOSE] = [orEncoded(String.raw`\(`, "28"), orEncoded(String.raw`\)`, "29")];
const BETWEEN_DIGITS = `(?:${SPACE}?${OPEN}|${CLOSE}${SPACE}?|${SPACE})?`;
/** A date or a time that comes after a number. */
const MOMENT = String.raw`(?:19|20)\d\d-[01]\d-[0-3]\d|\d\d:\d\d`;
const AMOUNT = String.raw`\d{1,3}(?:[ .\u00a0\u202f]\d{3})+[.,]\d\d(?!\d)`;
/** Without anything in between first: what stands behind it is something else. */
const NUMBER = String.raw`${orEncoded(String.raw`\+`, "2B")}(?:\d{10,15}|(?!${AMOUNT})[1-9](?:${BETWEEN_DIGITS}(?!${MOMENT})\d){7,14}|\d{7,15})`;

const RECIPIENT = new RegExp(`${NUMBER}|${MAILBOX}${AT}${DOMAIN}`, "giu");
const ENCODED_MAIL_END = new RegExp(`${AT}${DOMAIN}$`, "iu");

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

/**
 * A row with its values changed, and the names that name somebody hidden. Names that look the same then are numbered.
 * @param hide What is shown of a name
 */
export function mapRow(row: Row, change: (item: Value, name: string) => Value, hide: (name: string) => string = maskWithin): Row {
  const shown = new Map<string, Value>();
  for (const [name, item] of Object.entries(row)) {
    const masked = hide(name);
    let free = masked;
    for (let number = 2; shown.has(free); number += 1) free = `${masked} (${number})`;
    shown.set(free, change(item, name));
  }
  return Object.fromEntries(shown);
}

/** `+15005550009` → `+15•••09`, `ada@example.com` → `a•••@example.com`. */
export function maskText(text: string): string {
  const at = text.includes("@") ? text.lastIndexOf("@") : text.search(ENCODED_MAIL_END);
  if (at > 0) return `${text[0]}•••${text.slice(at)}`;
  return text.length < 7 ? "•••" : `${text.slice(0, 3)}•••${text.slice(-2)}`;
}
