import { once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { dynamoDbStreamsPeer, type DynamoDbStreamsPeer, type DynamoDbStreamsPeerOptions } from "@backstitch/sandbox";
import type { Batch, ChangeEvent, Positions, Source } from "@backstitch/core/source";
import type { SourceChange } from "@backstitch/core/testing";
import { dynamoDbSource, type DynamoDbSourceOptions } from "@backstitch/sources/dynamodb";
import { KEYS } from "./dynamodb-table.ts";

export const openPeer = (options: Partial<DynamoDbStreamsPeerOptions> = {}): Promise<DynamoDbStreamsPeer> =>
  dynamoDbStreamsPeer({ table: "item", credentials: KEYS, ...options });

/** Between listings where no shard has ended. */
const MINUTE_MS = 60_000;

/** A turn of the loop for each quarter of a second, twenty at most. A minute's wait is cut short by whatever it waits for: what asked for it would only keep the machine busy. */
export async function turns(ms: number, signal: AbortSignal): Promise<void> {
  if (ms >= MINUTE_MS && !signal.aborted) return void (await once(signal, "abort"));
  for (let left = Math.min(ms / 250, 20); left > 0 && !signal.aborted; left -= 1) await turn();
}

/** A source over the peer that does not wait: turns of the loop stand for its pauses. */
export function peerSource(peer: Pick<DynamoDbStreamsPeer, "url">, options: Partial<DynamoDbSourceOptions> = {}): Source {
  const which = "streamArn" in options ? {} : { table: "item" };
  return dynamoDbSource({
    name: "shop",
    ...which,
    ...KEYS,
    endpoint: peer.url,
    region: "eu-central-1",
    startAt: "trim-horizon",
    sleep: turns,
    ...options,
  });
}

/** The record that DynamoDB would make of a change; it does not know what the row was before. */
export function writeTo(peer: DynamoDbStreamsPeer, change: SourceChange): void {
  const Keys = { id: { N: String(change.id) } };
  const eventName = { insert: "INSERT", update: "MODIFY", delete: "REMOVE" }[change.operation];
  peer.write({ eventName, Keys, ...("name" in change ? { NewImage: { ...Keys, name: { S: change.name } } } : {}) });
}

export function put(peer: DynamoDbStreamsPeer, id: number, name: string): void {
  writeTo(peer, { operation: "insert", id, name });
}

/** A journal that keeps what it takes, as the real ones do: a batch must go on from its partition's position. */
export class Journal {
  readonly positions: Map<string, string>;
  readonly events: ChangeEvent[] = [];
  readonly batches: Batch[] = [];

  constructor(positions: Positions = new Map()) {
    this.positions = new Map(positions);
  }

  get names(): string[] {
    return this.events.map(({ after }) => (typeof after?.["name"] === "string" ? after["name"] : "?"));
  }

  get codes(): unknown[] {
    return this.batches.flatMap(({ unreadable = [] }) => unreadable.map(({ code }) => code));
  }

  /** Reads until the condition holds after a batch; rejects as the source does. */
  async read(source: Source, until: (batch: Batch) => boolean | void): Promise<void> {
    const stop = new AbortController();
    const late = AbortSignal.timeout(20_000);
    await source.read(
      new Map(this.positions),
      async (batch) => {
        await turn();
        this.take(batch);
        if (until(batch) === true) stop.abort();
      },
      AbortSignal.any([stop.signal, late]),
    );
    if (late.aborted) throw new Error(`What was waited for did not come; the journal has ${JSON.stringify(this.names)}.`);
  }

  take(batch: Batch): void {
    const position = this.positions.get(batch.partition);
    if (batch.from !== position) throw new Error(`A batch goes on from ${batch.from}; the position is ${position}.`);
    this.positions.set(batch.partition, batch.to);
    this.batches.push(batch);
    this.events.push(...batch.events);
  }
}
