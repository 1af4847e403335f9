import type { Row } from "@backstitch/core/values";
import { headersOf } from "./headers.ts";

/** A mail as a form says it. */
export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly replyTo: readonly string[];
  readonly subject: string | null;
  readonly text: string | null;
  readonly html: string | null;
  readonly configurationSet: string | null;
  readonly tags: { readonly [name: string]: string };
  /** As it goes out, of SendRawEmail. */
  readonly raw: string | null;
}

/** Reads the parameters of SendEmail. https://docs.aws.amazon.com/ses/latest/APIReference/API_SendEmail.html */
export function mailOf(form: URLSearchParams): Mail {
  return {
    from: form.get("Source") ?? "",
    to: members(form, "Destination.ToAddresses"),
    cc: members(form, "Destination.CcAddresses"),
    bcc: members(form, "Destination.BccAddresses"),
    replyTo: members(form, "ReplyToAddresses"),
    subject: form.get("Message.Subject.Data"),
    text: form.get("Message.Body.Text.Data"),
    html: form.get("Message.Body.Html.Data"),
    configurationSet: form.get("ConfigurationSetName"),
    tags: tagsOf(form),
    raw: null,
  };
}

/** Reads the parameters of SendRawEmail: the recipients are in Destinations, whatever the headers say. https://docs.aws.amazon.com/ses/latest/APIReference/API_SendRawEmail.html */
export function rawMailOf(form: URLSearchParams): Mail {
  const raw = Buffer.from(form.get("RawMessage.Data") ?? "", "base64").toString("utf8");
  return {
    from: form.get("Source") ?? "",
    to: members(form, "Destinations"),
    cc: [],
    bcc: [],
    replyTo: [],
    subject: headersOf(raw).get("subject") ?? null,
    text: null,
    html: null,
    configurationSet: form.get("ConfigurationSetName"),
    tags: tagsOf(form),
    raw,
  };
}

/** What was sent, for people to read: lists as lines, absent parts left out. */
export function readable({ from, to, cc, bcc, replyTo, subject, text, html, configurationSet, tags, raw }: Mail): Row {
  const lists = Object.entries({ to, cc, bcc, replyTo }).filter(([, list]) => list.length > 0);
  const parts = Object.entries({ text, html, configurationSet, raw }).filter(([, part]) => part !== null);
  return { from, ...Object.fromEntries(lists.map(([name, list]) => [name, list.join(", ")])), subject, ...Object.fromEntries(parts), tags };
}

function members(form: URLSearchParams, name: string): string[] {
  const found: string[] = [];
  for (let n = 1; form.has(`${name}.member.${n}`); n += 1) found.push(form.get(`${name}.member.${n}`) ?? "");
  return found;
}

function tagsOf(form: URLSearchParams): Record<string, string> {
  const tags: [name: string, value: string][] = [];
  for (let n = 1; form.has(`Tags.member.${n}.Name`); n += 1) {
    tags.push([form.get(`Tags.member.${n}.Name`) ?? "", form.get(`Tags.member.${n}.Value`) ?? ""]);
  }
  return Object.fromEntries(tags);
}
