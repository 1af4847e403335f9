import { rowFrom, type Row, type Value } from "@backstitch/core/values";
import { parseRecord } from "../decoders/parse.ts";
import { Refusal } from "../http/refusal.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/**
 * A body as rules read it: JSON as the value that it is, a form as its fields, a text as a text. Nothing at all is null.
 * @throws Refusal 400 where it is not what its content type says, 415 where that is another.
 */
export function contentOf(body: Uint8Array, contentType: string | undefined): Value {
  if (body.length === 0) return null;
  const [type = "", ...parameters] = (contentType ?? "application/json").toLowerCase().split(";");
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith("charset="));
  if (charset !== undefined && !/^charset="?(utf-?8|us-ascii)"?$/.test(charset))
    throw new Refusal(415, "The body's charset must be UTF-8.");
  const media = type.trim();
  if (/^application\/([\w.+-]+\+)?json$/.test(media)) return json(body);
  if (media === "application/x-www-form-urlencoded") return fieldsOf(new URLSearchParams(textOf(body)));
  if (/^(text\/[\w.+-]+|application\/([\w.+-]+\+)?xml)$/.test(media)) return textOf(body);
  throw new Refusal(415, "The content type must be JSON, a form (application/x-www-form-urlencoded), a text or XML.");
}

/** A name that is given once has a text, and one that is given more often a list of them. */
export function fieldsOf(given: URLSearchParams): Row {
  return rowFrom(
    [...new Set(given.keys())].map((name) => {
      const all = given.getAll(name);
      return [name, all.length === 1 ? (all[0] ?? "") : all] as const;
    }),
  );
}

function json(body: Uint8Array): Value {
  try {
    return parseRecord(body);
  } catch {
    throw new Refusal(400, "The body is not JSON in UTF-8, or is nested deeper than 500 levels. Nothing of it is recorded.");
  }
}

function textOf(body: Uint8Array): string {
  try {
    return UTF8.decode(body);
  } catch {
    throw new Refusal(400, "The body is not UTF-8. Nothing of it is recorded.");
  }
}
