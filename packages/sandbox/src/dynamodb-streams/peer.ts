import { randomUUID } from "node:crypto";
import type { Peer } from "@backstitch/core/testing";
import { signatureFault, type AwsCredentials } from "../aws/signature.ts";
import { startPeer, type PeerAnswer, type PeerOptions, type PeerRequest } from "../server.ts";
import { OPERATIONS, Refusal, type World } from "./answers.ts";
import { createStream, disable, replaceShard, shardOf, write, type PeerStream, type WireChange } from "./stream.ts";

export interface DynamoDbStreamsPeerOptions extends PeerOptions {
  /** Only this key pair is let in. @default any that signs */
  readonly credentials?: AwsCredentials;
  readonly table: string;
  /** How many shards a stream has at first. @default 1 */
  readonly shards?: number;
  /** Shards of one page of a listing. @default 100 */
  readonly shardsPerPage?: number;
  /** Asked for each page of records: whether it is empty though there are some. @default never */
  readonly emptyPage?: () => boolean;
  /** Epoch milliseconds: when records are made. @default Date.now */
  readonly clock?: () => number;
}

/** A local DynamoDB Streams whose shards split, end and are trimmed when told. It has streams only: changes are put in by hand. */
export interface DynamoDbStreamsPeer extends Peer {
  /** Of the newest stream. */
  readonly arn: string;
  write(change: WireChange): void;
  /** The shards that take changes. */
  openShards(): readonly string[];
  /** Closes a shard and opens so many that follow it. `hidden`: so many listings do not show them yet. @default 2, 0 */
  split(shard: string, followers?: number, hidden?: number): void;
  /** Removes all but so many of a shard's records. @default 0 */
  trim(shard: string, left?: number): void;
  /** Removes a shard from the stream. */
  forget(shard: string): void;
  expireIterators(): void;
  /** Switches the stream off: it can be read to its end. */
  switchOff(): void;
  /** Opens another stream. */
  switchOn(): void;
  /** Removes all streams but so many of the newest. @default 0 */
  removeStreams(left?: number): void;
  /** The next so many calls of the operation are refused with the code. */
  refuse(operation: string, code: string, times: number): void;
  /** What was asked, in order: operation and input. */
  calls(): readonly { readonly operation: string; readonly input: Readonly<Record<string, unknown>> }[];
}

const TARGET = "DynamoDBStreams_20120810.";

export async function dynamoDbStreamsPeer(options: DynamoDbStreamsPeerOptions): Promise<DynamoDbStreamsPeer> {
  const { table, shards = 1, shardsPerPage = 100, emptyPage = () => false, clock = Date.now, credentials } = options;
  const world = { table, streams: [createStream(table, clock(), shards)], epoch: 0, shardsPerPage, emptyPage };
  const calls: { operation: string; input: Readonly<Record<string, unknown>> }[] = [];
  const refusals: { operation: string; code: string }[] = [];
  const newest = (): PeerStream => world.streams.at(-1) as PeerStream;

  function handle(request: PeerRequest): PeerAnswer {
    const operation = (request.headers["x-amz-target"] ?? "").replace(TARGET, "");
    if (signatureFault(request, credentials) !== undefined) return invalidKey();
    const input = JSON.parse(request.body.toString("utf8")) as Readonly<Record<string, unknown>>;
    calls.push({ operation, input });
    const wanted = refusals.findIndex((refusal) => refusal.operation === operation);
    const [refusal] = wanted === -1 ? [] : refusals.splice(wanted, 1);
    return refusal === undefined ? answer(world, operation, input) : error(400, refusal.code, "It is refused because it was told to be.");
  }

  const peer = await startPeer(
    {
      handle,
      throttled: () => error(400, "LimitExceededException", "Rate exceeded"),
      failed: (_request, status) => error(status, status === 500 ? "InternalServerError" : "ServiceUnavailable", "It failed."),
      refused: invalidKey,
    },
    options,
  );
  return {
    ...peer,
    get arn() {
      return newest().arn;
    },
    write: (change) => write(newest(), change, clock()),
    openShards: () => newest().shards.flatMap(({ id, ending }) => (ending === undefined ? [id] : [])),
    split: (shard, followers = 2, hidden = 0) => replaceShard(newest(), shard, followers, hidden),
    trim(id, left = 0) {
      const shard = shardOf(newest(), id);
      shard.trimmed = Math.max(shard.trimmed, shard.records.length - left);
    },
    forget: (id) => void (newest().shards = newest().shards.filter((shard) => shard.id !== id)),
    expireIterators: () => void (world.epoch += 1),
    switchOff: () => disable(newest()),
    switchOn: () => void world.streams.push(createStream(table, Date.parse(`${newest().label}Z`) + 1_000, shards)),
    removeStreams: (left = 0) => void world.streams.splice(0, world.streams.length - left),
    refuse: (operation, code, times) => refusals.push(...Array.from({ length: times }, () => ({ operation, code }))),
    calls: () => [...calls],
  };
}

function answer(world: World, operation: string, input: Readonly<Record<string, unknown>>): PeerAnswer {
  const work = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
  if (work === undefined) return error(400, "UnknownOperationException", "");
  try {
    return json(200, work(world, input));
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    return error(400, refusal.code, refusal.message);
  }
}

function invalidKey(): PeerAnswer {
  return error(400, "UnrecognizedClientException", "The security token included in the request is invalid.");
}

function error(status: number, code: string, message: string): PeerAnswer {
  return json(status, { __type: `com.amazonaws.dynamodb.v20120810#${code}`, message });
}

function json(status: number, body: object): PeerAnswer {
  const headers = { "content-type": "application/x-amz-json-1.0", "x-amzn-requestid": randomUUID() };
  return { status, headers, body: JSON.stringify(body) };
}
