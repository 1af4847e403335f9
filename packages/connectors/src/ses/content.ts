import type { FromSchema, JsonSchema } from "@backstitch/core/connector";
import { breaksHeader } from "./address.ts";
import { MAX_BYTES, rejected } from "./envelope.ts";
import { textOf } from "./text.ts";

/** What a mail says, as arguments. */
export const contentProperties = {
  subject: { type: "string", maxLength: 870, lands: "header", description: "One line." },
  text: { type: "string", lands: "text", description: "Plain text, for readers without HTML. Absent: made of the HTML." },
  html: { type: "string", lands: "html", description: "The mail as HTML. There must be this, a text, or both." },
  configurationSet: {
    type: "string",
    pattern: "^[A-Za-z0-9_-]{1,64}$",
    description: "Instead of the service's.",
  },
} as const satisfies Record<string, JsonSchema>;

const schema = { type: "object", properties: contentProperties, required: ["subject"] } as const;
type ContentArgs = FromSchema<typeof schema>;

/** What a mail says. */
export interface Content {
  readonly subject: string;
  readonly text: string | undefined;
  readonly html: string | undefined;
}

/** A lone surrogate has no UTF-8 and would make the SDK throw. @throws ConnectorError `rejected` */
export async function contentOf({ subject, text, html }: ContentArgs): Promise<Content> {
  if (breaksHeader(subject)) throw rejected("SES_SUBJECT_INVALID", `The subject ${NOT_A_LINE}`);
  if (text === undefined && html === undefined) throw rejected("SES_BODY_MISSING", 'The mail has no body. Give "text", "html" or both.');
  refuseTooLarge(Buffer.byteLength(subject) + Buffer.byteLength(text ?? "") + Buffer.byteLength(html ?? ""));
  const plain = text ?? (html === undefined ? undefined : await textOf(html));
  return { subject: subject.toWellFormed(), text: plain?.toWellFormed(), html: html?.toWellFormed() };
}

/** What is said of a header with a line break in it. */
export const NOT_A_LINE = "holds a line break or another control character. A header is one line.";

/** @throws ConnectorError `rejected` */
export function refuseTooLarge(bytes: number): void {
  if (bytes <= MAX_BYTES) return;
  throw rejected("SES_TOO_LARGE", `The mail has ${bytes} bytes; SES takes ${MAX_BYTES}. Send a link to what is large.`);
}
