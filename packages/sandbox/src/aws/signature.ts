import { createHash, createHmac } from "node:crypto";
import type { PeerRequest } from "../server.ts";

/** The one key pair that an AWS stand-in lets in. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Why a signature is refused. */
export type SignatureFault = "missing" | "unknown-key" | "wrong";

interface Signature {
  readonly accessKeyId: string;
  /** `20261123/eu-central-1/ses/aws4_request` */
  readonly scope: string;
  readonly signedHeaders: string;
  readonly signature: string;
  /** `20261123T120000Z` */
  readonly date: string;
  readonly payload: string;
  readonly query: URLSearchParams;
}

const FORM = /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;

/**
 * Checks a request as https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html says.
 * @param credentials Undefined: any key pair will do, but the request must be signed.
 */
export function signatureFault(request: PeerRequest, credentials: AwsCredentials | undefined): SignatureFault | undefined {
  const given = isPresigned(request) ? inQuery(request.query) : inHeader(request);
  if (given === undefined) return "missing";
  if (credentials === undefined) return undefined;
  if (given.accessKeyId !== credentials.accessKeyId) return "unknown-key";
  return signed(request, given, credentials.secretAccessKey) === given.signature ? undefined : "wrong";
}

/** Whether it is signed by its query, as a link is. */
export function isPresigned({ query }: PeerRequest): boolean {
  return query.has("X-Amz-Signature");
}

/** Whether the time of a link is over. */
export function isOver({ query }: PeerRequest, now: number): boolean {
  const date = query.get("X-Amz-Date")?.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z") ?? "";
  return !(now < Date.parse(date) + Number(query.get("X-Amz-Expires")) * 1_000);
}

function inHeader({ headers, query, body }: PeerRequest): Signature | undefined {
  const [, accessKeyId, scope, signedHeaders, signature] = FORM.exec(headers["authorization"] ?? "") ?? [];
  if (accessKeyId === undefined || scope === undefined || signedHeaders === undefined || signature === undefined) return undefined;
  const payload = headers["x-amz-content-sha256"] ?? sha256(body);
  return { accessKeyId, scope, signedHeaders, signature, date: headers["x-amz-date"] ?? "", payload, query };
}

function inQuery(all: URLSearchParams): Signature | undefined {
  const [, accessKeyId, scope] = /^([^/]+)\/(.+)$/.exec(all.get("X-Amz-Credential") ?? "") ?? [];
  const [signedHeaders, signature, date] = ["SignedHeaders", "Signature", "Date"].map((name) => all.get(`X-Amz-${name}`) ?? undefined);
  if (accessKeyId === undefined || scope === undefined || signedHeaders === undefined || signature === undefined || date === undefined)
    return undefined;
  const query = new URLSearchParams([...all].filter(([name]) => name !== "X-Amz-Signature"));
  return { accessKeyId, scope, signedHeaders, signature, date, payload: "UNSIGNED-PAYLOAD", query };
}

function signed(request: PeerRequest, { scope, signedHeaders, date, payload, query }: Signature, secret: string): string {
  const names = signedHeaders.split(";");
  const canonical = [
    request.method,
    request.path,
    canonicalQuery(query),
    ...names.map((name) => `${name}:${(request.headers[name] ?? "").trim().replaceAll(/ +/g, " ")}`),
    "",
    signedHeaders,
    payload,
  ].join("\n");
  const text = ["AWS4-HMAC-SHA256", date, scope, sha256(canonical)].join("\n");
  const key = scope.split("/").reduce<Buffer | string>((held, part) => hmac(held, part), `AWS4${secret}`);
  return hmac(key, text).toString("hex");
}

function canonicalQuery(query: URLSearchParams): string {
  const pairs = [...query].map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
  return pairs.sort().join("&");
}

function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
