import { domainToASCII } from "node:url";
import { isList, isRow, type Row, type Value } from "../values/value.ts";
import type { JsonSchema } from "./schema.ts";

/** To whom a call with these arguments goes: what the schema marks `recipient`, each once, as an address is compared. */
export function addresseesOf(args: Row, schema: JsonSchema): readonly string[] {
  return [...new Set(gather([schema], args).map(addressOf))];
}

/** Whether arguments by this schema may say to whom it goes. */
export function hasAddressees(schema: JsonSchema): boolean {
  const { properties = {}, additionalProperties, items } = schema;
  if (schema.addressee === false) return false;
  const inside = [...Object.values(properties), ...(items === undefined ? [] : [items])];
  const others = typeof additionalProperties === "object" ? [additionalProperties] : [];
  return schema.recipient === true || [...withBranches(schema).slice(1), ...inside, ...others].some(hasAddressees);
}

function gather(declared: readonly JsonSchema[], value: Value): readonly string[] {
  const schemas = declared.flatMap(withBranches);
  if (schemas.some(({ addressee }) => addressee === false)) return [];
  const within = schemas.some(({ recipient }) => recipient === true);
  if (isList(value)) return value.flatMap((item) => gather(within ? schemas : schemas.flatMap(({ items }) => items ?? []), item));
  if (isRow(value))
    return Object.entries(value).flatMap(([name, item]) =>
      gather(within ? schemas : schemas.flatMap((schema) => declaredFor(schema, name)), item),
    );
  return within && value !== null ? [String(value)] : [];
}

/**
 * What is one recipient, however it is written: `Ada <ADA@example.com>` is ada@example.com; `whatsapp:+1 (500) 555-0123` is +15005550123.
 * A domain is in Punycode, as vendors give it back: `ada@bücher.example` is ada@xn--bcher-kva.example.
 */
export function addressOf(text: string): string {
  const [, inside = text] = /<([^<>]*)>\s*$/.exec(text) ?? [];
  const address = inside.trim().toLowerCase();
  const number = address.replace(CHANNEL, "").replaceAll(SEPARATORS, "");
  return /^\+?\d+$/.test(number) ? number.replace(/^00/, "+") : address.replace(WRITTEN_DOMAIN, asciiDomain);
}

/** At the end of an address, with a character that is not ASCII: others need not be looked at, or would be read as a URL's. */
const WRITTEN_DOMAIN = /(?<=@)(?=[^@]*[\u0080-\uffff])[a-z0-9.\u0080-\uffff-]+$/;

/** One that cannot be written so is none, and stays as it is. */
function asciiDomain(domain: string): string {
  return domainToASCII(domain) || domain;
}

/** An address of which a person who knows it sees that it is that one, and nobody else what it is: `+1•••••0123`, `a•••@example.com`. */
export function shownAddress(address: string): string {
  const at = address.lastIndexOf("@");
  if (at > 0) return `${String.fromCodePoint(address.codePointAt(0) ?? 0)}•••${address.slice(at)}`;
  return address.length < 10 ? "•••" : `${address.slice(0, 2)}•••••${address.slice(-4)}`;
}

/** In front of a telephone number with its country. */
const CHANNEL = /^[a-z]+:(?=\s*(?:\+|00))/;
const SEPARATORS = /[\s()./\u2010-\u2013-]/g;

/** A schema with all that may stand for it. */
export function withBranches(schema: JsonSchema): readonly JsonSchema[] {
  const branches = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  return [schema, ...branches.flatMap(withBranches)];
}

/** What a schema says of a property. */
export function declaredFor({ properties, additionalProperties }: JsonSchema, name: string): readonly JsonSchema[] {
  const own = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (own !== undefined) return [own];
  return typeof additionalProperties === "object" ? [additionalProperties] : [];
}
