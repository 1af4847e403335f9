import { escaped, escapedWhole } from "../connector/lands.ts";
import { declaredFor, withBranches } from "../connector/recipients.ts";
import type { JsonSchema } from "../connector/schema.ts";
import { isList, isRow, rowFrom, type Row, type Value } from "../values/value.ts";
import { digest } from "./delivery-key.ts";

/** The stored arguments of a delivery have its links under this name, by their marks: no action has an argument of that name. */
export const LINKS = "$links";

/** A link that an attempt makes, and puts wherever its mark stands in the arguments. */
export interface StoredLink {
  /** The rule calls it so. */
  readonly name: string;
  /** Which service makes it. */
  readonly service: string;
  /** What it is made of. */
  readonly with: Row;
}

/** What stands for a link in stored arguments, wherever it lands: no other delivery has the same, and nobody knows it beforehand. */
export function linkMark(deliveryKey: string, name: string): string {
  return `backstitch-link-${digest(JSON.stringify([deliveryKey, name]))}`;
}

/** The links of stored arguments, by their marks; undefined: there are none, as in most. */
export function linksIn(args: Row): ReadonlyMap<string, StoredLink> | undefined {
  const links = Object.hasOwn(args, LINKS) ? args[LINKS] : undefined;
  return isRow(links) ? new Map(Object.entries(links) as unknown as [string, StoredLink][]) : undefined;
}

/** The arguments with a text in the place of each mark, escaped for where it lands by the action's schema. */
export function withLinks(args: Row, schema: JsonSchema, textOf: (mark: string, link: StoredLink) => string): Row {
  const links = linksIn(args);
  if (links === undefined) return args;
  const texts = [...links].map(([mark, link]) => [mark, textOf(mark, link)] as const);
  return filled(withoutLinks(args), [schema], texts) as Row;
}

/** As long as the links that S3 makes by keys that are not temporary. */
const USUAL_LENGTH = 512;
const STAND_IN = "https://link.invalid/".padEnd(USUAL_LENGTH, "x");

/** The arguments as far as they are known before an attempt: some address stands for each link, the same for all. */
export function argsBeforehand(args: Row, schema: JsonSchema): Row {
  return withLinks(args, schema, () => STAND_IN);
}

/** The arguments as a rule has them, `{{ links.invoice }}` for its mark, and beside them what each link is. */
export function argsForPeople(args: Row): { readonly args: Row; readonly links?: Row } {
  const links = linksIn(args);
  if (links === undefined) return { args };
  const texts = [...links].map(([mark, { name }]) => [mark, `{{ links.${name} }}`] as const);
  const byName = [...links.values()].map(({ name, service, with: given }) => [name, { service, with: given }] as const);
  return { args: filled(withoutLinks(args), [], texts) as Row, links: rowFrom(byName) };
}

function withoutLinks(args: Row): Row {
  return rowFrom(Object.entries(args).filter(([name]) => name !== LINKS));
}

type Texts = readonly (readonly [mark: string, text: string])[];

function filled(value: Value, declared: readonly JsonSchema[], texts: Texts): Value {
  const schemas = declared.flatMap(withBranches);
  if (typeof value === "string") return filledText(value, schemas, texts);
  if (isList(value)) {
    const items = schemas.flatMap((schema) => schema.items ?? []);
    return value.map((item) => filled(item, items, texts));
  }
  if (!isRow(value)) return value;
  const inside = (name: string): readonly JsonSchema[] => schemas.flatMap((schema) => declaredFor(schema, name));
  return rowFrom(Object.entries(value).map(([name, item]) => [name, filled(item, inside(name), texts)] as const));
}

function filledText(value: string, schemas: readonly JsonSchema[], texts: Texts): string {
  const lands = schemas.find((schema) => schema.lands !== undefined)?.lands ?? "text";
  const whole = texts.find(([mark]) => mark === value);
  if (whole !== undefined) return escapedWhole(whole[1], lands);
  return texts.reduce((text, [mark, link]) => text.replaceAll(mark, () => escaped(link, lands)), value);
}
