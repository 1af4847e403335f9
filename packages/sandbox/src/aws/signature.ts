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
}

const FORM = /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;

/**
 * Checks a request as https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html says.
 * @param credentials Undefined: any key pair will do, but the request must be signed.
 */
export function signatureFault(request: PeerRequest, credentials: AwsCredentials | undefined): SignatureFault | undefined {
  const given = parse(request.headers["authorization"] ?? "");
  if (given === undefined) return "missing";
  if (credentials === undefined) return undefined;
  if (given.accessKeyId !== credentials.accessKeyId) return "unknown-key";
  return signed(request, given, credentials.secretAccessKey) === given.signature ? undefined : "wrong";
}

function parse(header: string): Signature | undefined {
  const [, accessKeyId, scope, signedHeaders, signature] = FORM.exec(header) ?? [];
  if (accessKeyId === undefined || scope === undefined || signedHeaders === undefined || signature === undefined) return undefined;
  return { accessKeyId, scope, signedHeaders, signature };
}

function signed(request: PeerRequest, { scope, signedHeaders }: Signature, secret: string): string {
  const names = signedHeaders.split(";");
  const canonical = [
    request.method,
    request.path,
    canonicalQuery(request.query),
    ...names.map((name) => `${name}:${(request.headers[name] ?? "").trim().replaceAll(/ +/g, " ")}`),
    "",
    signedHeaders,
    request.headers["x-amz-content-sha256"] ?? sha256(request.body),
  ].join("\n");
  const text = ["AWS4-HMAC-SHA256", request.headers["x-amz-date"] ?? "", scope, sha256(canonical)].join("\n");
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
