import {
  ConnectorError,
  type AttemptContext,
  type FromSchema,
  type JsonSchema,
  type Receipt,
  type SchemaFault,
} from "@backstitch/core/connector";
import { address, encryption, type S3Client } from "./client.ts";
import { isRefusal, look, receiptOf } from "./found.ts";
import { keyFaults } from "./key.ts";
import { objectFaults, storedBody, storedMetadata } from "./object.ts";
import { upload } from "./upload.ts";

const MAX_BODY = 16 * 1_048_576;

export const putArgs = {
  type: "object",
  properties: {
    key: { type: "string", minLength: 1, maxLength: 1_024, lands: "path-segment", description: "Name of the object." },
    body: {
      anyOf: [{ type: "string", maxLength: MAX_BODY }, { type: "object" }, { type: "array" }],
      description: 'Text; an object or array, which is stored as JSON; or {"base64": "…"} for bytes.',
    },
    contentType: { type: "string", pattern: "^[\\x20-\\x7e]{3,256}$", lands: "header", description: "Absent: by the body." },
    metadata: {
      type: "object",
      additionalProperties: { type: "string", lands: "header" },
      maxProperties: 50,
      description: "Kept with the object, by name; 2 KB in all.",
    },
    ifAbsent: { type: "boolean", default: false, description: "Stores only where no object has the key yet." },
  },
  required: ["key", "body"],
  additionalProperties: false,
} as const satisfies JsonSchema;

export type PutArgs = FromSchema<typeof putArgs>;

export function putFaults(args: Partial<PutArgs>): readonly SchemaFault[] {
  return [...keyFaults(args, ["key"]), ...objectFaults(args)];
}

export async function put(client: S3Client, object: PutArgs, attempt: AttemptContext): Promise<Receipt> {
  const { bytes, contentType } = storedBody(object.body);
  const about = {
    ...address(client, object.key),
    ...encryption(client),
    ContentType: object.contentType ?? contentType,
    Metadata: storedMetadata(object.metadata ?? {}, attempt),
  };
  const conditions = object.ifAbsent === true ? { IfNoneMatch: "*" } : {};
  try {
    return receiptOf({ ...(await upload(client, { about, conditions, bytes }, attempt.signal)), bytes: bytes.length });
  } catch (error) {
    if (object.ifAbsent !== true || !isRefusal(error, "S3_PreconditionFailed")) throw error;
    return oursAlready(client, object, attempt);
  }
}

/** An earlier attempt whose answer was lost leaves an object of ours behind: that is success, not a conflict. */
async function oursAlready(client: S3Client, object: PutArgs, attempt: AttemptContext): Promise<Receipt> {
  const found = await look(client, object.key, attempt);
  if (found === "absent") throw new ConnectorError("unavailable", "S3_OBJECT_VANISHED", "S3 had an object of that key and has it no more.");
  if (found !== "hidden" && found.deliveryId === attempt.deliveryId) return receiptOf(found);
  const hint = found === "hidden" ? " Whose it is cannot be told: s3:GetObject is not allowed." : "";
  throw new ConnectorError("rejected", "S3_OBJECT_EXISTS", `An object of that key exists already.${hint}`);
}

export async function reconcilePut(
  client: S3Client,
  { key }: PutArgs,
  attempt: AttemptContext,
): Promise<"done" | "not-done" | "cannot-tell"> {
  const found = await look(client, key, attempt);
  if (found === "absent") return "not-done";
  return found !== "hidden" && found.deliveryId === attempt.deliveryId ? "done" : "cannot-tell";
}
