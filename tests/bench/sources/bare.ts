/**
 * The peer: what any reader of the protocol has to do and nothing more. Every message is read and every row made an object of its columns' texts;
 * now and then the server is told how far. No types, no ids, no keys, no batches, no place to go on from. Arguments: the server's URL, how many rows.
 */
import { once } from "node:events";
import { Client, type ClientConfig } from "pg";
import { createMeter } from "./meter.ts";

type Row = Record<string, string | null | undefined>;

interface Wire {
  on(event: "copyData", listener: (message: { readonly chunk: Buffer }) => void): void;
  sendCopyFromChunk(chunk: Buffer): void;
}

const [url = "", count = "0"] = process.argv.slice(2);
const config: ClientConfig & { replication: string } = { connectionString: url, replication: "database" };
const client = new Client(config);
const wire = (client as unknown as { connection: Wire }).connection;
const columns = new Map<number, readonly string[]>();
const finished = Promise.withResolvers<void>();
const batch: { operation: string; before: Row | undefined; after: Row | undefined }[] = [];
const meter = createMeter(Number(count));
let rows = 0;
let told = 0;

await client.connect();
wire.on("copyData", ({ chunk }) => {
  if (chunk[0] === 0x77) read(chunk);
  else if (chunk[17] === 1) tell(chunk.readBigUInt64BE(1));
});
client.query(`START_REPLICATION SLOT copy LOGICAL 0/0 (proto_version '1', publication_names 'bench')`).catch(() => undefined);
await finished.promise;
console.log(JSON.stringify(meter.result()));
const ended = once(client, "end");
void client.end();
await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 200))]);
process.exit();

function read(chunk: Buffer): void {
  const tag = chunk[25];
  if (tag === 0x49 || tag === 0x55 || tag === 0x44) row(chunk, tag);
  else if (tag === 0x52) relation(chunk);
  else if (tag === 0x43 && rows >= told + 500) tell(chunk.readBigUInt64BE(35));
}

function row(chunk: Buffer, tag: number): void {
  const names = columns.get(chunk.readUInt32BE(26)) ?? [];
  const place = { at: 30 };
  const old = chunk[place.at] === 0x4e ? undefined : tuple(chunk, names, place);
  const after = tag === 0x44 ? undefined : tuple(chunk, names, place);
  batch.push({ operation: tag === 0x49 ? "insert" : tag === 0x55 ? "update" : "delete", before: old, after });
  if (batch.length === 500) batch.length = 0;
  rows += 1;
  if (meter.read(1)) finished.resolve();
}

function tuple(chunk: Buffer, names: readonly string[], place: { at: number }): Row {
  const cells = chunk.readUInt16BE(place.at + 1);
  const made: Row = {};
  let at = place.at + 3;
  for (let index = 0; index < cells; index += 1) {
    const kind = chunk[at++];
    if (kind === 0x74) {
      const end = at + 4 + chunk.readUInt32BE(at);
      made[names[index] as string] = chunk.toString("utf8", at + 4, end);
      at = end;
    } else made[names[index] as string] = kind === 0x6e ? null : undefined;
  }
  place.at = at;
  return made;
}

function relation(chunk: Buffer): void {
  let at = 30;
  const text = (): string => {
    const end = chunk.indexOf(0, at);
    const found = chunk.toString("utf8", at, end);
    at = end + 1;
    return found;
  };
  text();
  text();
  const names: string[] = [];
  const cells = chunk.readUInt16BE(at + 1);
  at += 3;
  for (let index = 0; index < cells; index += 1) {
    at += 1;
    names.push(text());
    at += 8;
  }
  columns.set(chunk.readUInt32BE(26), names);
}

function tell(durable: bigint): void {
  told = rows;
  const message = Buffer.alloc(34);
  message[0] = 0x72;
  for (const at of [1, 9, 17]) message.writeBigUInt64BE(durable, at);
  wire.sendCopyFromChunk(message);
}
