import { domainToASCII } from "node:url";
import { ConnectorError } from "@backstitch/core/connector";
import { asciiOnly } from "../aws/text.ts";

/** A name and an address in angle brackets, or an address alone. */
const FORM = /^(?:(?<name>[^<>]*?)\s*<(?<inner>[^<>]+)>|(?<bare>[^<>]+))$/;

/** What may stand before the @ without quotes; SES takes ASCII only. */
const LOCAL = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const DOMAIN = /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+(?!\d+$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])$/;
/** What a domain is written with: `domainToASCII` would read a path, percent signs and numbers as a URL's. */
const WRITTEN_DOMAIN = /^[A-Za-z0-9.\u0080-\uffff-]+$/;
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
/** These turn round what stands beside them, so that a name looks like an address, and a program like a picture. */
const TURNS = /[\u202a-\u202e\u2066-\u2069]/;
/** Longer than any address with its name. */
const LONGEST = 2_000;

/** One address, taken apart. */
export interface MailAddress {
  /** As people write it; empty where there is none. */
  readonly name: string;
  /** ASCII: its domain is in Punycode where it has to be. */
  readonly address: string;
}

/** Takes an address apart; undefined: it is not one, or more than one. Groups and comments are none. https://www.rfc-editor.org/rfc/rfc5322#section-3.4 */
export function parseAddress(text: string): MailAddress | undefined {
  if (text.length > LONGEST || CONTROL.test(text) || TURNS.test(text)) return undefined;
  const { name = "", inner, bare } = FORM.exec(text.trim())?.groups ?? {};
  const written = (inner ?? bare ?? "").trim();
  const at = written.lastIndexOf("@");
  const local = written.slice(0, Math.max(at, 0));
  const domain = asciiDomain(written.slice(at + 1));
  if (!LOCAL.test(local) || local.length > 64 || !DOMAIN.test(domain) || domain.length > 253) return undefined;
  return { name: unquoted(name), address: `${local}@${domain}` };
}

/**
 * Rebuilds one address from its parts, so that nothing which merely looks like one reaches a header.
 * SES refuses a whole mail for one malformed address, so it is found out here. https://docs.aws.amazon.com/ses/latest/APIReference/API_SendEmail.html
 * @throws ConnectorError `rejected`, naming the field and never the address.
 */
export function addressOf(text: string, field: string): MailAddress {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new ConnectorError("rejected", "SES_ADDRESS_INVALID", `${JSON.stringify(field)} ${NOT_AN_ADDRESS}`);
  return parsed;
}

/** All addresses of a field. @throws ConnectorError `rejected` */
export function addressesOf(given: string | readonly string[] | undefined, field: string): MailAddress[] {
  return listOf(given).map((text) => addressOf(text, field));
}

/** What is said of a field with something else in it. */
export const NOT_AN_ADDRESS =
  "holds something that is not one mail address. Give one address each, as name@example.com or Name <name@example.com>.";

/** As a header holds it. */
export function written({ name, address }: MailAddress): string {
  return name === "" ? address : `${quoted(name)} <${address}>`;
}

/** One or many as many. */
export function listOf(given: string | readonly string[] | undefined): readonly string[] {
  return given === undefined ? [] : typeof given === "string" ? [given] : given;
}

/** Whether a text would break out of its header. */
export function breaksHeader(text: string): boolean {
  return CONTROL.test(text);
}

/** Whether a text can be read as another than it is. */
export function turnsRound(text: string): boolean {
  return TURNS.test(text);
}

function asciiDomain(domain: string): string {
  return WRITTEN_DOMAIN.test(domain) ? domainToASCII(domain) : "";
}

function unquoted(name: string): string {
  const inner = /^"(.*)"$/.exec(name)?.[1];
  return inner === undefined ? name : inner.replaceAll(/\\(.)/g, "$1");
}

function quoted(name: string): string {
  const ascii = asciiOnly(name);
  return ascii === name ? `"${name.replaceAll(/["\\]/g, "\\$&")}"` : ascii;
}
