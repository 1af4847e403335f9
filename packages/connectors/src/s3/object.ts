import { ConnectorError, type AttemptContext, type SchemaFault } from "@backstitch/core/connector";
import { isRow, type Value } from "@backstitch/core/values";
import { thrownFault } from "../shared/thrown-fault.ts";
import { asciiOnly, jsonText } from "../aws/text.ts";

/** The metadata field (`x-amz-meta-backstitch-delivery`) by which an object is known to be a delivery's own. */
export const DELIVERY_FIELD = "backstitch-delivery";
const HOPS_FIELD = "backstitch-hops";
const OURS: ReadonlySet<string> = new Set([DELIVERY_FIELD, HOPS_FIELD]);

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html: names and values together. */
const MAX_METADATA_BYTES = 2_048;
const NAME = /^[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?$/i;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** A body as it is stored, and what it is where the action does not say. */
export interface StoredBody {
  readonly bytes: Buffer;
  readonly contentType: string;
}

/**
 * A text as UTF-8; an object or array as JSON; `{"base64": "…"}` as the bytes that it encodes.
 * @throws ConnectorError `rejected` when it is none of them.
 */
export function storedBody(body: Value): StoredBody {
  if (typeof body === "string") return { bytes: Buffer.from(body), contentType: "text/plain; charset=utf-8" };
  const encoded = encodedBytes(body);
  if (encoded !== undefined) return { bytes: bytesOf(encoded), contentType: "application/octet-stream" };
  if (isRow(body) || Array.isArray(body)) return { bytes: Buffer.from(jsonText(body)), contentType: "application/json" };
  throw new ConnectorError("rejected", "S3_BODY_INVALID", 'The body is neither text, nor an object or array, nor {"base64": "…"}.');
}

function encodedBytes(body: Value): string | undefined {
  if (!isRow(body) || Object.keys(body).length !== 1) return undefined;
  const held = Object.hasOwn(body, "base64") ? body["base64"] : undefined;
  return typeof held === "string" ? held : undefined;
}

function bytesOf(base64: string): Buffer {
  refuseOther(base64);
  return Buffer.from(base64, "base64");
}

function refuseOther(base64: string): void {
  if (base64.length % 4 === 0 && BASE64.test(base64)) return;
  throw new ConnectorError("rejected", "S3_BODY_INVALID", '"base64" of the body is not base64.');
}

/**
 * Metadata as headers can carry it, with the delivery's id, and through how many deliveries the object comes to be. What is not ASCII goes as RFC 2047 encoded words, as S3 itself gives it back.
 * @throws ConnectorError `rejected` when a name cannot be a header's or there is too much.
 */
export function storedMetadata(
  given: { readonly [name: string]: string },
  { deliveryId, hops }: Pick<AttemptContext, "deliveryId" | "hops">,
): Record<string, string> {
  const stored: Record<string, string> = { [DELIVERY_FIELD]: deliveryId, [HOPS_FIELD]: String(hops) };
  for (const [name, value] of Object.entries(given)) {
    if (!NAME.test(name) || OURS.has(name.toLowerCase())) {
      throw metadataInvalid(
        `A field of the metadata has a name that none can have. Use letters, digits and hyphens, and neither "${DELIVERY_FIELD}" nor "${HOPS_FIELD}".`,
      );
    }
    // A header loses the blanks at its ends.
    stored[name.toLowerCase()] = asciiOnly(value.trim());
  }
  const bytes = Object.entries(stored).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (bytes > MAX_METADATA_BYTES) throw metadataInvalid(`The metadata has ${bytes} bytes; S3 takes ${MAX_METADATA_BYTES}.`);
  return stored;
}

/** One as long as the other. */
const ANY_DELIVERY = { deliveryId: "a".repeat(26), hops: 1 };

interface Described {
  readonly body?: Value;
  readonly metadata?: { readonly [name: string]: string } | undefined;
}

/** What is wrong with a body and metadata that the schema takes. */
export function objectFaults({ body, metadata }: Described): readonly SchemaFault[] {
  const encoded = body === undefined ? undefined : encodedBytes(body);
  return [
    ...(encoded === undefined ? [] : thrownFault("body", () => refuseOther(encoded))),
    ...(metadata === undefined ? [] : thrownFault("metadata", () => storedMetadata(metadata, ANY_DELIVERY))),
  ];
}

function metadataInvalid(reason: string): ConnectorError {
  return new ConnectorError("rejected", "S3_METADATA_INVALID", reason);
}
