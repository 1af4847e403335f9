import type { PeerAnswer } from "../server.ts";
import { sesError } from "./errors.ts";
import type { Mail } from "./mail.ts";
import type { SesTemplate } from "./template.ts";

/** How an account stands. */
export interface SesAccount {
  /** Addresses and domains that are verified: others may neither send nor receive, as in SES's sandbox. @default all are */
  readonly verified?: readonly string[];
  /** Names of configuration sets. @default any name */
  readonly configurationSets?: readonly string[];
  /** Recipients in 24 hours. @default no end */
  readonly dailyQuota?: number;
  /** Templates by name. @default any name, and what it says is not known */
  readonly templates?: { readonly [name: string]: SesTemplate };
  /** Sending is paused. @default false */
  readonly paused?: boolean;
}

const MAX_RECIPIENTS = 50;
/** https://www.rfc-editor.org/rfc/rfc5322#section-2.1.1 */
const LONGEST_LINE = 998;
const TAG = /^[A-Za-z0-9_.@-]{1,256}$/;

/** Why SES would not send a mail, in its own words. */
export function refusal(mail: Mail, account: SesAccount, sentRecipients: number): PeerAnswer | undefined {
  const recipients = [...mail.to, ...mail.cc, ...mail.bcc];
  return (
    malformed(mail, recipients) ??
    badAddress([mail.from, ...recipients, ...mail.replyTo]) ??
    (account.paused === true ? sesError("AccountSendingPausedException", "Email sending is paused for this account.") : undefined) ??
    unknownSet(mail, account) ??
    unverified([mail.from, ...recipients], account) ??
    (sentRecipients + recipients.length > (account.dailyQuota ?? Infinity)
      ? sesError("Throttling", "Daily message quota exceeded.")
      : undefined)
  );
}

function malformed({ from, subject, text, html, tags, raw }: Mail, recipients: readonly string[]): PeerAnswer | undefined {
  if (from === "") return missing("source");
  if (subject === null) return missing("message.subject.data");
  if (raw !== null) {
    if (!raw.split("\r\n").every((line) => Buffer.byteLength(line) <= LONGEST_LINE)) {
      return sesError("InvalidParameterValue", "Line too long.");
    }
  } else if (text === null && html === null) return missing("message.body");
  if (recipients.length === 0) return sesError("InvalidParameterValue", "No recipients were given.");
  if (recipients.length > MAX_RECIPIENTS) return sesError("InvalidParameterValue", `Recipient count exceeds ${MAX_RECIPIENTS}.`);
  const badTag = Object.entries(tags)
    .flat()
    .some((part) => !TAG.test(part));
  return badTag
    ? sesError("InvalidParameterValue", "Invalid tag: only alphanumeric ASCII characters, '_', '-', '.' and '@' are allowed.")
    : undefined;
}

function missing(parameter: string): PeerAnswer {
  const constraint = "failed to satisfy constraint: Member must not be null";
  return sesError("ValidationError", `1 validation error detected: Value null at '${parameter}' ${constraint}`);
}

function badAddress(given: readonly string[]): PeerAnswer | undefined {
  for (const text of given) {
    const address = addressOf(text);
    const at = address.lastIndexOf("@");
    if (at === -1) return sesError("InvalidParameterValue", "Missing final '@domain'");
    if (/[^\x21-\x7e]/.test(address.slice(0, at))) return sesError("InvalidParameterValue", "Local address contains control or whitespace");
    if (!/^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/.test(address.slice(at + 1)))
      return sesError("InvalidParameterValue", "Domain contains illegal character");
  }
  return undefined;
}

function unknownSet({ configurationSet }: Mail, { configurationSets }: SesAccount): PeerAnswer | undefined {
  if (configurationSet === null || configurationSets === undefined || configurationSets.includes(configurationSet)) return undefined;
  return sesError("ConfigurationSetDoesNotExist", `Configuration set <${configurationSet}> does not exist.`);
}

function unverified(given: readonly string[], { verified }: SesAccount): PeerAnswer | undefined {
  if (verified === undefined) return undefined;
  const failing = given.map(addressOf).filter((address) => !verified.includes(address) && !verified.includes(address.split("@")[1] ?? ""));
  if (failing.length === 0) return undefined;
  const identities = failing.join(", ");
  return sesError(
    "MessageRejected",
    `Email address is not verified. The following identities failed the check in region EU-CENTRAL-1: ${identities}`,
  );
}

function addressOf(text: string): string {
  return (/<([^<>]*)>$/.exec(text)?.[1] ?? text).trim();
}
