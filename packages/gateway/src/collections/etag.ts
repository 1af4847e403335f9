import { hash } from "node:crypto";
import { jsonText, type Row } from "@backstitch/core/values";
import { HttpProblem } from "../http/problem.ts";

/** `If-Match` and `If-None-Match`, as they were sent. */
export interface Preconditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

/** 128 bits and a little more, in base64url. */
const LENGTH = 22;

/** @param text The document as the asker may read it, as JSON: the tag tells nothing of the rest, and a change of the rest is none to them. */
export function etagOf(text: string): string {
  return `"${hash("sha256", text, "base64url").slice(0, LENGTH)}"`;
}

/** Whether one of the tags is that of a document; `*`: any document is meant. https://www.rfc-editor.org/rfc/rfc9110#name-if-match */
export function isAmong(tags: string, etag: string): boolean {
  return tags.trim() === "*" || tags.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
}

/** @param document As the asker may read it now; undefined: there is none. @throws HttpProblem 412 */
export function checkPreconditions({ ifMatch, ifNoneMatch }: Preconditions, document: Row | undefined): void {
  const isOf = (tags: string): boolean => document !== undefined && isAmong(tags, etagOf(jsonText(document)));
  if (ifMatch !== undefined && !isOf(ifMatch))
    throw new HttpProblem(412, "CHANGED_MEANWHILE", "The document is not as it was any more. Read it again, and write what you then want.");
  if (ifNoneMatch !== undefined && isOf(ifNoneMatch)) throw new HttpProblem(412, "ALREADY_THERE", "There is such a document already.");
}
