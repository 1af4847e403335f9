import { createHash } from "node:crypto";

/** A change as DynamoDB's own JSON has it: `{"id": {"N": "1"}}`. */
export interface WireChange {
  readonly eventName: string;
  readonly Keys: object;
  readonly NewImage?: object;
  readonly OldImage?: object;
}

export interface WireRecord {
  readonly eventID: string;
  readonly eventName: string;
  readonly eventVersion: "1.1";
  readonly eventSource: "aws:dynamodb";
  readonly awsRegion: string;
  readonly dynamodb: object;
}

/** One shard: the records of the keys whose hash lies in its range. */
export interface PeerShard {
  readonly id: string;
  readonly parent: string | undefined;
  /** From and up to, of hashes from 0 to 1. */
  readonly range: readonly [number, number];
  readonly records: { readonly sequence: string; readonly wire: WireRecord }[];
  readonly starting: string;
  ending: string | undefined;
  /** So many of its records are gone. */
  trimmed: number;
  /** So many listings do not show it yet. */
  hidden: number;
}

/** One stream of the table. */
export interface PeerStream {
  readonly arn: string;
  readonly label: string;
  status: "ENABLED" | "DISABLED";
  /** In the order in which they were opened. */
  shards: PeerShard[];
}

export const REGION = "eu-central-1";

/** Numbers sequences, records and shards, none twice. */
export function createStream(table: string, made: number, shards: number): PeerStream {
  const label = new Date(made).toISOString().replace("Z", "");
  const arn = `arn:aws:dynamodb:${REGION}:111122223333:table/${table}/stream/${label}`;
  const stream: PeerStream = { arn, label, status: "ENABLED", shards: [] };
  for (let index = 0; index < shards; index += 1) open(stream, undefined, [index / shards, (index + 1) / shards]);
  return stream;
}

let counter = 0;

function next(): string {
  return `1${String((counter += 1)).padStart(20, "0")}`;
}

function open(stream: PeerStream, parent: string | undefined, range: readonly [number, number], hidden = 0): PeerShard {
  const starting = next();
  const id = `shardId-${starting.slice(1)}-${createHash("sha256").update(starting).digest("hex").slice(0, 8)}`;
  const shard: PeerShard = { id, parent, range, records: [], starting, ending: undefined, trimmed: 0, hidden };
  stream.shards.push(shard);
  return shard;
}

/** Closes a shard; those that follow it divide its range. `hidden`: so many listings do not show them yet. */
export function replaceShard(stream: PeerStream, id: string, followers: number, hidden: number): void {
  const shard = shardOf(stream, id);
  const [from, to] = shard.range;
  const width = (to - from) / followers;
  shard.ending = next();
  for (let index = 0; index < followers; index += 1) open(stream, id, [from + index * width, from + (index + 1) * width], hidden);
}

export function shardOf(stream: PeerStream, id: string): PeerShard {
  const shard = stream.shards.find((candidate) => candidate.id === id);
  if (shard === undefined) throw new Error(`The stream has no shard ${id}.`);
  return shard;
}

/** No more is written, and its shards close. */
export function disable(stream: PeerStream): void {
  stream.status = "DISABLED";
  for (const shard of stream.shards) shard.ending ??= next();
}

/** Into the shard that is open for the key. */
export function write(stream: PeerStream, { eventName, ...images }: WireChange, time: number): void {
  const hash = createHash("sha256").update(JSON.stringify(images.Keys)).digest().readUInt32BE() / 2 ** 32;
  const shard = stream.shards.find(({ ending, range: [from, to] }) => ending === undefined && from <= hash && hash < to);
  if (shard === undefined) throw new Error("The stream is off.");
  const sequence = next();
  const eventID = createHash("md5").update(sequence).digest("hex");
  const StreamViewType = "NEW_AND_OLD_IMAGES";
  const dynamodb = {
    ApproximateCreationDateTime: Math.floor(time / 1_000),
    ...images,
    SequenceNumber: sequence,
    SizeBytes: 100,
    StreamViewType,
  };
  const wire = { eventID, eventName, eventVersion: "1.1", eventSource: "aws:dynamodb", awsRegion: REGION, dynamodb } as const;
  shard.records.push({ sequence, wire });
}
