import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { PeerRequest } from "../server.ts";
import type { S3Code } from "./errors.ts";

/** A request's body without its framing, and the headers with those that came after it. */
export interface ObjectBody {
  readonly bytes: Buffer;
  readonly headers: { readonly [name: string]: string };
}

/** Checksums that can be worked out here; others are taken as they are given. */
const CHECKSUMS: Readonly<Record<string, (bytes: Buffer) => string>> = {
  "content-md5": (bytes) => createHash("md5").update(bytes).digest("base64"),
  "x-amz-checksum-crc32": crc32Base64,
  "x-amz-checksum-sha1": (bytes) => createHash("sha1").update(bytes).digest("base64"),
  "x-amz-checksum-sha256": (bytes) => createHash("sha256").update(bytes).digest("base64"),
};

/** Reads the body of a PutObject, checksums verified, or says why S3 would refuse it. */
export function readBody({ headers, body }: PeerRequest): ObjectBody | S3Code {
  const chunked = (headers["content-encoding"] ?? "").split(",").some((coding) => coding.trim() === "aws-chunked");
  const read = chunked ? unchunk(body, headers) : { bytes: body, headers };
  if (read === undefined) return "IncompleteBody";
  if (chunked && Number(headers["x-amz-decoded-content-length"] ?? read.bytes.length) !== read.bytes.length) return "IncompleteBody";
  const declared = headers["x-amz-content-sha256"] ?? "";
  const actual = createHash("sha256").update(body).digest("hex");
  if (/^[0-9a-f]{64}$/.test(declared) && declared !== actual) return "XAmzContentSHA256Mismatch";
  for (const [name, checksum] of Object.entries(CHECKSUMS)) {
    const given = read.headers[name];
    if (given !== undefined && given !== checksum(read.bytes)) return "BadDigest";
  }
  return read;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html: `size[;extension]\r\n bytes \r\n … 0\r\n name:value\r\n \r\n`. */
function unchunk(body: Buffer, headers: PeerRequest["headers"]): ObjectBody | undefined {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = body.indexOf("\r\n", at);
    const size = end === -1 ? NaN : Number.parseInt(body.toString("latin1", at, end), 16);
    if (Number.isNaN(size) || end + 2 + size > body.length) return undefined;
    at = end + 2;
    if (size === 0) return { bytes: Buffer.concat(chunks), headers: { ...headers, ...trailers(body.toString("latin1", at)) } };
    if (body.toString("latin1", at + size, at + size + 2) !== "\r\n") return undefined;
    chunks.push(body.subarray(at, at + size));
    at += size + 2;
  }
}

function trailers(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) found[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return found;
}

function crc32Base64(bytes: Buffer): string {
  const word = Buffer.alloc(4);
  word.writeUInt32BE(crc32(bytes));
  return word.toString("base64");
}
