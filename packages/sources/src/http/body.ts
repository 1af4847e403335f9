import type { IncomingMessage } from "node:http";
import { comeAgain, Refusal } from "./refusal.ts";

/** How a body is read. */
export interface MediaType {
  readonly kind: "json" | "lines" | "cloud-event" | "cloud-events";
}

const KINDS: ReadonlyMap<string, MediaType["kind"]> = new Map([
  ["application/x-ndjson", "lines"],
  ["application/ndjson", "lines"],
  ["application/jsonl", "lines"],
  ["application/cloudevents+json", "cloud-event"],
  ["application/cloudevents-batch+json", "cloud-events"],
]);

/** @throws Refusal 415 */
export function mediaTypeOf({ headers }: IncomingMessage): MediaType {
  const [type = "", charset = ""] = (headers["content-type"] ?? "application/json")
    .toLowerCase()
    .split(";")
    .map((part) => part.trim());
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") throw new Refusal(415, "The body is compressed; it must be sent as it is.");
  if (charset.startsWith("charset=") && !/^charset="?(utf-?8|us-ascii)"?$/.test(charset))
    throw new Refusal(415, "The body's charset must be UTF-8.");
  const kind = KINDS.get(type) ?? (/^application\/([\w.+-]+\+)?json$/.test(type) ? "json" : undefined);
  if (kind !== undefined) return { kind };
  throw new Refusal(
    415,
    "The content type must be application/json, application/x-ndjson or a CloudEvents one (application/cloudevents+json).",
  );
}

/** @throws Refusal 413 where it is larger; what comes beyond is let go by. */
export function readBody(request: IncomingMessage, most: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers["content-length"] ?? 0) > most) return reject(tooLarge(most));
    const parts: Buffer[] = [];
    let length = 0;
    request.on("data", (part: Buffer) => {
      length += part.length;
      if (length <= most) return parts.push(part);
      parts.length = 0;
      return reject(tooLarge(most));
    });
    request.on("end", () => resolve(Buffer.concat(parts)));
    request.on("error", () => reject(comeAgain("The body did not come whole.")));
    request.on("close", () => reject(comeAgain("The body did not come whole.")));
  });
}

function tooLarge(most: number): Refusal {
  return new Refusal(413, `The body is larger than ${most} bytes.`);
}
