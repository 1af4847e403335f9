import type { FromSchema, JsonSchema } from "@backstitch/core/connector";
import { breaksHeader, turnsRound } from "./address.ts";

export const attachmentSchema = {
  type: "object",
  properties: {
    filename: { type: "string", minLength: 1, maxLength: 200, lands: "header", description: "Without a folder." },
    content: { type: "string", description: "The text, or base64 where `encoding` says so." },
    encoding: { enum: ["text", "base64"], description: "Binary values of rows are base64. Absent: text." },
    contentType: {
      type: "string",
      pattern: "^[A-Za-z0-9!#$&^_.+-]{1,100}/[A-Za-z0-9!#$&^_.+-]{1,100}$",
      description: "Absent: by the ending of the file's name.",
    },
    contentId: {
      type: "string",
      pattern: "^[A-Za-z0-9._@-]{1,200}$",
      description: 'Shown within the HTML, where that says <img src="cid:…">.',
    },
  },
  required: ["filename", "content"],
  additionalProperties: false,
} as const satisfies JsonSchema;

export type Attachment = FromSchema<typeof attachmentSchema>;

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** What is wrong with an attachment, as the rest of a sentence; undefined: nothing. */
export function attachmentFault({ filename, content, encoding }: Attachment): string | undefined {
  if (breaksHeader(filename) || turnsRound(filename)) return "has a file name with a character that no file name needs.";
  if (/[/\\]/.test(filename) || /^\.*$/.test(filename)) return "has a file name with a folder in it. Give the name alone.";
  if (encoding === "base64" && (content.length % 4 !== 0 || !BASE64.test(content))) return "holds something that is not base64.";
  return undefined;
}

/** Its bytes. */
export function bytesOf({ content, encoding }: Attachment): Buffer {
  return Buffer.from(content, encoding === "base64" ? "base64" : "utf8");
}
