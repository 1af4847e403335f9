import type { AnyBulkWriteOperation, Document } from "mongodb";
import { describeSource, type SourceChange, type SourceDriver } from "@backstitch/core/testing";
import { openMongo } from "./support/mongodb.ts";

describeSource("mongodb with documents looked up", () => mongoDriver({ fullDocument: "updateLookup" }));
describeSource("mongodb with images", () => mongoDriver({ fullDocument: "required", fullDocumentBeforeChange: "required" }));

async function mongoDriver(images: Document): Promise<SourceDriver> {
  const mongo = await openMongo();
  await mongo.shop.createCollection("item", { changeStreamPreAndPostImages: { enabled: true } });
  await mongo.client.db("admin").command({ shardCollection: "shop.item", key: { id: 1 } });
  return {
    source: () => mongo.source({ collection: "item", batch: { events: 10 }, ...images }),
    async write(changes) {
      await mongo.shop.collection("item").bulkWrite(changes.map(writeOf), { ordered: true });
    },
    close: () => mongo[Symbol.asyncDispose](),
  };
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
