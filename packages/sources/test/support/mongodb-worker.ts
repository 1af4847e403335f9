import { parentPort } from "node:worker_threads";
import { MongoClient, type AnyBulkWriteOperation, type Document } from "mongodb";
import type { SourceChange } from "@backstitch/core/testing";
import { mongodbPeer, type MongodbPeer } from "@backstitch/sandbox";

/** What it is told to do: to open a stand-in and a client that writes to it, with a heap of their own, and the rest with that one until it is closed. Answers its address. */
export type WorkerTask = "open" | { readonly write: readonly SourceChange[] } | "truncate" | "close";

let opened: { readonly peer: MongodbPeer; readonly client: MongoClient } | undefined;

parentPort?.on("message", (task: WorkerTask) => void perform(task).then((url) => parentPort?.postMessage(url)));

async function perform(task: WorkerTask): Promise<string> {
  if (task === "open") opened = await open();
  if (opened === undefined) throw new Error("No stand-in is open.");
  const { peer, client } = opened;
  if (task === "truncate") peer.truncateOplog();
  if (task === "close") {
    await client.close();
    await peer.close();
  }
  if (typeof task === "object") await client.db("shop").collection("item").bulkWrite(task.write.map(writeOf), { ordered: true });
  return peer.url;
}

async function open(): Promise<NonNullable<typeof opened>> {
  const peer = await mongodbPeer();
  const client = new MongoClient(peer.url);
  await client.db("shop").createCollection("item", { changeStreamPreAndPostImages: { enabled: true } });
  await client.db("admin").command({ shardCollection: "shop.item", key: { id: 1 } });
  return { peer, client };
}

function writeOf(change: SourceChange): AnyBulkWriteOperation {
  const filter = { id: change.id };
  switch (change.operation) {
    case "insert":
      return { insertOne: { document: { _id: `item ${change.id}`, id: change.id, name: change.name } as Document } };
    case "update":
      return { updateOne: { filter, update: { $set: { name: change.name } } } };
    case "delete":
      return { deleteOne: { filter } };
  }
}
