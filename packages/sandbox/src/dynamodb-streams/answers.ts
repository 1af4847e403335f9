import { shardOf, type PeerShard, type PeerStream } from "./stream.ts";

/** An error as DynamoDB Streams names it. */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** What is answered, and what may be asked of it. */
export interface World {
  readonly table: string;
  /** The newest last. */
  readonly streams: readonly PeerStream[];
  /** Iterators from before are expired. */
  readonly epoch: number;
  /** Shards of one page of a listing. */
  readonly shardsPerPage: number;
  /** Whether this page of records is empty though there are some, as pages may be. */
  readonly emptyPage: () => boolean;
}

type Input = Readonly<Record<string, unknown>>;

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html */
export const OPERATIONS: Readonly<Record<string, (world: World, input: Input) => object>> = {
  ListStreams({ table, streams }, { TableName }) {
    const found = TableName === undefined || TableName === table ? streams : [];
    return { Streams: found.map(({ arn: StreamArn, label: StreamLabel }) => ({ StreamArn, StreamLabel, TableName: table })) };
  },

  DescribeStream(world, { StreamArn, ExclusiveStartShardId: after }) {
    const stream = streamOf(world, StreamArn);
    const visible = stream.shards.filter((shard) => shard.hidden === 0);
    if (after === undefined) for (const shard of stream.shards) shard.hidden = Math.max(0, shard.hidden - 1);
    const start = after === undefined ? 0 : visible.findIndex(({ id }) => id === after) + 1;
    const page = visible.slice(start, start + world.shardsPerPage);
    const more = start + page.length < visible.length ? { LastEvaluatedShardId: page.at(-1)?.id } : {};
    const { arn, label: StreamLabel, status: StreamStatus } = stream;
    const about = { StreamArn: arn, StreamLabel, StreamStatus, StreamViewType: "NEW_AND_OLD_IMAGES", TableName: world.table };
    return { StreamDescription: { ...about, Shards: page.map(describeShard), ...more } };
  },

  GetShardIterator(world, { StreamArn, ShardId, ShardIteratorType: type, SequenceNumber: sequence }) {
    const stream = streamOf(world, StreamArn);
    const shard = existing(stream, ShardId);
    const index = indexOf(shard, type, sequence);
    if (index < shard.trimmed) throw trimmed();
    return { ShardIterator: iteratorOf({ arn: stream.arn, shard: shard.id, index, epoch: world.epoch }) };
  },

  GetRecords(world, { ShardIterator, Limit = 1_000 }) {
    const { arn, shard: id, index, epoch } = parseIterator(ShardIterator);
    if (epoch < world.epoch) throw new Refusal("ExpiredIteratorException", "The iterator has expired.");
    const shard = existing(streamOf(world, arn), id);
    if (index < shard.trimmed) throw trimmed();
    const page = world.emptyPage() ? [] : shard.records.slice(index, index + Number(Limit));
    const end = index + page.length;
    const over = shard.ending !== undefined && end >= shard.records.length;
    const next = over ? {} : { NextShardIterator: iteratorOf({ arn, shard: id, index: end, epoch }) };
    return { Records: page.map(({ wire }) => wire), ...next };
  },
};

function describeShard({ id, parent, starting, ending }: PeerShard): object {
  const range = { StartingSequenceNumber: starting, ...(ending === undefined ? {} : { EndingSequenceNumber: ending }) };
  return { ShardId: id, SequenceNumberRange: range, ...(parent === undefined ? {} : { ParentShardId: parent }) };
}

function streamOf({ streams }: World, arn: unknown): PeerStream {
  const stream = streams.find((candidate) => candidate.arn === arn);
  if (stream === undefined)
    throw new Refusal("ResourceNotFoundException", `Requested resource not found: Stream: ${String(arn)} not found`);
  return stream;
}

function existing(stream: PeerStream, id: unknown): PeerShard {
  try {
    return shardOf(stream, String(id));
  } catch {
    throw new Refusal("ResourceNotFoundException", `Requested resource not found: Shard: ${String(id)} not found`);
  }
}

/** Where an iterator begins, counted in all records that the shard ever had. */
function indexOf(shard: PeerShard, type: unknown, sequence: unknown): number {
  if (type === "TRIM_HORIZON") return shard.trimmed;
  if (type === "LATEST") return shard.records.length;
  const at = shard.records.findIndex((record) => record.sequence === sequence);
  if (at === -1) throw new Refusal("ValidationException", "Invalid SequenceNumber");
  // Also after it: what was trimmed cannot be told from what never was.
  if (at < shard.trimmed) throw trimmed();
  return type === "AFTER_SEQUENCE_NUMBER" ? at + 1 : at;
}

function trimmed(): Refusal {
  return new Refusal("TrimmedDataAccessException", "The operation attempted to read past the oldest stream record in a shard.");
}

interface Iterator {
  readonly arn: string;
  readonly shard: string;
  readonly index: number;
  readonly epoch: number;
}

function iteratorOf(iterator: Iterator): string {
  return Buffer.from(JSON.stringify(iterator)).toString("base64");
}

function parseIterator(text: unknown): Iterator {
  try {
    return JSON.parse(Buffer.from(String(text), "base64").toString("utf8")) as Iterator;
  } catch {
    throw new Refusal("ValidationException", "Invalid ShardIterator");
  }
}
