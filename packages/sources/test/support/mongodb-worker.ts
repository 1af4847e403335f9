import { parentPort } from "node:worker_threads";
import { MongoClient, type AnyBulkWriteOperation, type Document } from "mongodb";
import type { SourceChange } from "@backstitch/core/testing";
import { mongodbPeer } from "@backstitch/sandbox";

/** What it is told to do. */
export type WorkerTask = { readonly write: readonly SourceChange[] } | "truncate" | "close";

/** A stand-in, and a client that writes to it, with a heap of their own. Tells its address. */
const peer = await mongodbPeer();
const client = new MongoClient(peer.url);
await client.db("shop").createCollection("item", { changeStreamPreAndPostImages: { enabled: true } });
await client.db("admin").command({ shardCollection: "shop.item", key: { id: 1 } });

parentPort?.on("message", (task: WorkerTask) => void perform(task).then(() => parentPort?.postMessage("done")));
parentPort?.postMessage(peer.url);

async function perform(task: WorkerTask): Promise<void> {
  if (task === "truncate") return peer.truncateOplog();
  if (task === "close") {
    await client.close();
    return peer.close();
  }
  await client.db("shop").collection("item").bulkWrite(task.write.map(writeOf), { ordered: true });
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
