import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import {
  ConnectorError,
  type AttemptContext,
  type BatchedCall,
  type Batching,
  type BatchLimits,
  type FromSchema,
  type JsonSchema,
  type Receipt,
  type SchemaFault,
} from "@backstitch/core/connector";
import { jsonText } from "../aws/text.ts";
import { address, appendDefaults, encryption, type S3Client, type S3Config } from "./client.ts";
import { receiptOf } from "./found.ts";
import { keyFaults } from "./key.ts";
import { upload } from "./upload.ts";

export const appendArgs = {
  type: "object",
  properties: {
    prefix: {
      type: "string",
      minLength: 1,
      maxLength: 980,
      lands: "path-segment",
      description: "What the names of the objects begin with. Records of the same prefix share objects.",
    },
    record: { type: "object", description: "One line. The delivery's id is added as backstitchDeliveryId, its hops as backstitchHops." },
  },
  required: ["prefix", "record"],
  additionalProperties: false,
} as const satisfies JsonSchema;

export type AppendArgs = FromSchema<typeof appendArgs>;

export const OBJECT_SUFFIX = ".ndjson.gz";

export const batch: Batching<S3Client, AppendArgs> = { limits: ({ config }) => limitsOf(config), key: ({ prefix }) => prefix, bytes, run };

/** Of the prefix with a name behind it. */
export function appendFaults(args: Partial<AppendArgs>): readonly SchemaFault[] {
  return keyFaults(args, ["prefix"], nameOf([]));
}

export async function append(client: S3Client, args: AppendArgs, attempt: AttemptContext): Promise<Receipt> {
  const [receipt] = await run(client, [{ args, attempt }], attempt.signal);
  if (receipt instanceof ConnectorError) throw receipt;
  return receipt ?? {};
}

function limitsOf({ append: { maxRecords, maxBytes, maxAgeSeconds, openPrefixes } = {} }: S3Config): BatchLimits {
  return {
    calls: maxRecords ?? appendDefaults.maxRecords,
    bytes: maxBytes ?? appendDefaults.maxBytes,
    waitMs: (maxAgeSeconds ?? appendDefaults.maxAgeSeconds) * 1_000,
    open: openPrefixes ?? appendDefaults.openPrefixes,
  };
}

/** Before it is packed. */
function bytes({ record }: AppendArgs): number {
  return Buffer.byteLength(jsonText(record)) + LINE_EXTRA_BYTES;
}

const LINE_EXTRA_BYTES = 78;

/** The id is last, and behind it only a number: so a look-up finds it, whatever else the record says. */
function lineOf({ args: { record }, attempt: { deliveryId, hops } }: BatchedCall<AppendArgs>): string {
  const { backstitchDeliveryId: _id, backstitchHops: _hops, ...rest } = record;
  return `${jsonText({ ...rest, backstitchDeliveryId: deliveryId, backstitchHops: hops })}\n`;
}

/** Never all lines at once: of thousands of records it is the packed object that stands in memory beside them, and no copy of what they say. */
async function packed(calls: readonly BatchedCall<AppendArgs>[]): Promise<Buffer> {
  const pieces: Buffer[] = [];
  await pipeline(textOf(calls), createGzip(), async (packing: AsyncIterable<Buffer>) => {
    for await (const piece of packing) pieces.push(piece);
  });
  return Buffer.concat(pieces);
}

const PIECE_CHARACTERS = 65_536;

function* textOf(calls: readonly BatchedCall<AppendArgs>[]): Generator<string> {
  let piece = "";
  for (const call of calls) {
    piece += lineOf(call);
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = "";
  }
  yield piece;
}

async function run(
  client: S3Client,
  calls: readonly BatchedCall<AppendArgs>[],
  signal: AbortSignal,
): Promise<readonly (Receipt | ConnectorError)[]> {
  const name = nameOf(calls.map(({ attempt }) => attempt.deliveryId));
  const about = {
    ...address(client, `${calls[0]?.args.prefix ?? ""}${name}`, "prefix"),
    ...encryption(client),
    ContentType: "application/x-ndjson",
    ContentEncoding: "gzip",
    Metadata: { "backstitch-records": String(calls.length) },
  };
  const body = await packed(calls);
  const receipt = { ...receiptOf(await upload(client, { about, conditions: {}, bytes: body }, signal)), object: name };
  return calls.map(() => receipt);
}

/** The same deliveries have the same object, in whatever order they come. */
function nameOf(deliveryIds: readonly string[]): string {
  return `${createHash("sha256").update(deliveryIds.toSorted().join()).digest("hex").slice(0, 32)}${OBJECT_SUFFIX}`;
}
