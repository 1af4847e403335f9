import { domainToASCII } from "node:url";
import { ConnectorError } from "@backstitch/core/connector";
import { asciiOnly } from "../aws/text.ts";

/** A name and an address in angle brackets, or an address alone. */
const FORM = /^(?:(?<name>[^<>]*?)\s*<(?<inner>[^<>]+)>|(?<bare>[^<>]+))$/;

/** What may stand before the @ without quotes; SES takes ASCII only. */
const LOCAL = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const DOMAIN = /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])$/;
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * Rebuilds one address from its parts, so that nothing which merely looks like one reaches a header.
 * SES refuses a whole mail for one malformed address, so it is found out here. https://docs.aws.amazon.com/ses/latest/APIReference/API_SendEmail.html
 * @throws ConnectorError `rejected`, naming the field and never the address.
 */
export function mailAddress(text: string, field: string): string {
  const { name, inner, bare } = (CONTROL.test(text) ? undefined : FORM.exec(text.trim())?.groups) ?? {};
  const [local, domain] = split((inner ?? bare ?? "").trim());
  if (!LOCAL.test(local) || local.length > 64 || !DOMAIN.test(domain) || domain.length > 253) throw malformed(field);
  const address = `${local}@${domain}`;
  const shown = unquoted(name ?? "");
  return shown === "" ? address : `${quoted(shown)} <${address}>`;
}

/** All addresses of a field. */
export function mailAddresses(given: string | readonly string[] | undefined, field: string): string[] {
  return listOf(given).map((text) => mailAddress(text, field));
}

/** One or many as many. */
export function listOf(given: string | readonly string[] | undefined): readonly string[] {
  return given === undefined ? [] : typeof given === "string" ? [given] : given;
}

/** Whether a text would break out of its header. */
export function breaksHeader(text: string): boolean {
  return CONTROL.test(text);
}

function split(address: string): readonly [local: string, domain: string] {
  const at = address.lastIndexOf("@");
  return at === -1 ? ["", ""] : [address.slice(0, at), domainToASCII(address.slice(at + 1))];
}

function unquoted(name: string): string {
  const inner = /^"(.*)"$/.exec(name)?.[1];
  return inner === undefined ? name : inner.replaceAll(/\\(.)/g, "$1");
}

function quoted(name: string): string {
  const ascii = asciiOnly(name);
  return ascii === name ? `"${name.replaceAll(/["\\]/g, "\\$&")}"` : ascii;
}

function malformed(field: string): ConnectorError {
  return new ConnectorError(
    "rejected",
    "SES_ADDRESS_INVALID",
    `"${field}" holds something that is not one mail address. Give one address each, as name@example.com or Name <name@example.com>.`,
  );
}
