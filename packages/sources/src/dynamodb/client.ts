import type * as Sdk from "@aws-sdk/client-dynamodb-streams";
import type { Secret } from "@backstitch/core/connector";
import { SourceMisconfigured } from "@backstitch/core/source";
import { failureOf } from "./failures.ts";
import { parseArn } from "./marker.ts";
import type { DynamoDbSourceOptions } from "./options.ts";

export interface Shard {
  readonly id: string;
  readonly parent: string | undefined;
  /** Whether records may still be added. A stand-in may say no of one that is. */
  readonly open: boolean;
}

export interface StreamPage {
  readonly status: string;
  readonly shards: readonly Shard[];
  /** Where the next page begins; undefined: this is the last. */
  readonly next: string | undefined;
}

export interface RecordPage {
  readonly records: readonly Sdk._Record[];
  /** Undefined: the shard is closed, and this was its end. */
  readonly next: string | undefined;
}

export interface IteratorRequest {
  readonly arn: string;
  readonly shard: string;
  readonly type: "LATEST" | "TRIM_HORIZON" | "AFTER_SEQUENCE_NUMBER";
  readonly sequence?: string;
}

/** The four calls of DynamoDB Streams. Each throws StreamsFailure, SourceMisconfigured, or an Error that may pass. */
export interface StreamsClient {
  /** The ARNs of a table's streams; those that were switched off stay for 24 hours. */
  streams(table: string): Promise<readonly string[]>;
  describe(arn: string, after: string | undefined): Promise<StreamPage>;
  iterator(request: IteratorRequest): Promise<string>;
  records(iterator: string, limit: number): Promise<RecordPage>;
  /** How far AWS's clock is ahead of this machine's, as the SDK found out. Milliseconds. */
  aheadMs(): number;
  /** The same, whose calls are cut short by this signal instead. */
  within(signal: AbortSignal): StreamsClient;
  close(): void;
}

const PACKAGE = "@aws-sdk/client-dynamodb-streams";

/** @throws SourceMisconfigured where the SDK is not installed or half of a key pair is given. */
export async function createClient(options: DynamoDbSourceOptions, signal: AbortSignal): Promise<StreamsClient> {
  const sdk = await loadSdk(options.name);
  return clientOf({ source: options.name, sdk, aws: new sdk.DynamoDBStreamsClient(clientConfig(options)) }, signal);
}

interface Connection {
  readonly source: string;
  readonly sdk: typeof Sdk;
  readonly aws: Sdk.DynamoDBStreamsClient;
}

function clientOf(connection: Connection, signal: AbortSignal): StreamsClient {
  const { source, sdk, aws } = connection;
  const aborts = { abortSignal: signal };

  async function call<Answer>(operation: string, send: () => Promise<Answer>): Promise<Answer> {
    try {
      return await send();
    } catch (error) {
      throw failureOf(source, operation, error);
    }
  }

  return {
    streams: (table) => call("ListStreams", () => listStreams(connection, table, signal)),
    async describe(arn, after) {
      const command = new sdk.DescribeStreamCommand({ StreamArn: arn, ...(after === undefined ? {} : { ExclusiveStartShardId: after }) });
      const { StreamDescription: described } = await call("DescribeStream", () => aws.send(command, aborts));
      const shards = (described?.Shards ?? []).map(shardOf);
      return { status: described?.StreamStatus ?? "", shards, next: described?.LastEvaluatedShardId };
    },
    async iterator({ arn, shard, type, sequence }) {
      const place = { ShardIteratorType: type, ...(sequence === undefined ? {} : { SequenceNumber: sequence }) };
      const command = new sdk.GetShardIteratorCommand({ StreamArn: arn, ShardId: shard, ...place });
      const answer = await call("GetShardIterator", () => aws.send(command, aborts));
      return answer.ShardIterator ?? "";
    },
    async records(iterator, limit) {
      const command = new sdk.GetRecordsCommand({ ShardIterator: iterator, Limit: limit });
      const answer = await call("GetRecords", () => aws.send(command, aborts));
      return { records: answer.Records ?? [], next: answer.NextShardIterator };
    },
    aheadMs: () => aws.config.systemClockOffset,
    within: (other) => clientOf(connection, other),
    close: () => aws.destroy(),
  };
}

async function loadSdk(source: string): Promise<typeof Sdk> {
  try {
    return await import("@aws-sdk/client-dynamodb-streams");
  } catch (error) {
    // A package that the SDK itself misses is another matter: its name would be another.
    const missing =
      error instanceof Error && (error as { code?: unknown }).code === "ERR_MODULE_NOT_FOUND" && error.message.includes(`'${PACKAGE}'`);
    if (!missing) throw error;
    throw new SourceMisconfigured(`Source "${source}" needs the package "${PACKAGE}", which is not installed. Run: npm install ${PACKAGE}`);
  }
}

/** A host that does not answer the handshake is found out before. */
const CONNECT_TIMEOUT_MS = 5_000;

/** The SDK's own retries are off: the source knows when to try again, and that it is stopping. */
function clientConfig(options: DynamoDbSourceOptions): Sdk.DynamoDBStreamsClientConfig {
  const { streamArn, endpoint, silenceMs = 30_000 } = options;
  const region = options.region ?? (streamArn === undefined ? undefined : parseArn(streamArn)?.region);
  const credentials = credentialsOf(options);
  return {
    maxAttempts: 1,
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout: silenceMs, throwOnRequestTimeout: true },
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  };
}

function credentialsOf({ name, accessKeyId, secretAccessKey, sessionToken }: DynamoDbSourceOptions): Credentials | undefined {
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const missing = accessKeyId === undefined ? "accessKeyId" : "secretAccessKey";
    throw new SourceMisconfigured(`Source "${name}": "${missing}" is missing. Give both keys, or neither.`);
  }
  const pair = { accessKeyId, secretAccessKey: textOf(secretAccessKey) };
  return sessionToken === undefined ? pair : { ...pair, sessionToken: textOf(sessionToken) };
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

function textOf(secret: string | Secret): string {
  return typeof secret === "string" ? secret : secret.reveal();
}

async function listStreams({ sdk, aws }: Connection, table: string, signal: AbortSignal): Promise<string[]> {
  const arns: string[] = [];
  let after: string | undefined;
  do {
    const command = new sdk.ListStreamsCommand({ TableName: table, ...(after === undefined ? {} : { ExclusiveStartStreamArn: after }) });
    const answer = await aws.send(command, { abortSignal: signal });
    arns.push(...(answer.Streams ?? []).flatMap(({ StreamArn: arn }) => arn ?? []));
    after = answer.LastEvaluatedStreamArn;
  } while (after !== undefined);
  return arns;
}

function shardOf({ ShardId: id = "", ParentShardId: parent, SequenceNumberRange: range }: Sdk.Shard): Shard {
  return { id, parent, open: range?.EndingSequenceNumber === undefined };
}
