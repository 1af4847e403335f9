import { hash } from "node:crypto";
import { canonicalText, type Row } from "@backstitch/core/values";
import { HttpProblem } from "../http/problem.ts";

/** `If-Match` and `If-None-Match`, as they were sent. */
export interface Preconditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

const BYTES = 16;

/** Of what the asker may read: it tells nothing of the rest, and a change of the rest is none to them. */
export function etagOf(document: Row): string {
  return `"${hash("sha256", canonicalText(document), "buffer").subarray(0, BYTES).toString("base64url")}"`;
}

/** Whether one of the tags is that of the document; `*`: any document is meant. https://www.rfc-editor.org/rfc/rfc9110#name-if-match */
export function isAmong(tags: string, document: Row | undefined): boolean {
  if (document === undefined) return false;
  if (tags.trim() === "*") return true;
  if (tags.trim() === "") return false;
  // Once: there may be thousands of tags, and the document may be large.
  const own = etagOf(document);
  return tags.split(",").some((tag) => tag.trim().replace(/^W\//, "") === own);
}

/** @param document As the asker may read it now; undefined: there is none. @throws HttpProblem 412 */
export function checkPreconditions({ ifMatch, ifNoneMatch }: Preconditions, document: Row | undefined): void {
  if (ifMatch !== undefined && !isAmong(ifMatch, document))
    throw new HttpProblem(412, "CHANGED_MEANWHILE", "The document is not as it was any more. Read it again, and write what you then want.");
  if (ifNoneMatch !== undefined && isAmong(ifNoneMatch, document))
    throw new HttpProblem(412, "ALREADY_THERE", "There is such a document already.");
}
