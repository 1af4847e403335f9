import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { describeSource, type SourceDriver } from "@backstitch/core/testing";
import { mongodbSource, type MongodbSourceOptions } from "@backstitch/sources/mongodb";
import { LONG_AGO } from "./support/mongodb.ts";
import type { WorkerTask } from "./support/mongodb-worker.ts";

const SHOWS = { canLose: true, rowsElsewhere: true };

describeSource("mongodb with documents looked up", () => mongoDriver({ fullDocument: "updateLookup" }), SHOWS);
describeSource("mongodb with images", () => mongoDriver({ fullDocument: "required", fullDocumentBeforeChange: "required" }), SHOWS);

async function mongoDriver(images: Partial<MongodbSourceOptions>): Promise<SourceDriver> {
  const worker = new Worker(new URL("support/mongodb-worker.ts", import.meta.url));
  const [connectionString] = (await once(worker, "message")) as [string];

  async function tell(task: WorkerTask): Promise<void> {
    worker.postMessage(task);
    await once(worker, "message");
  }

  const place = { name: "mongo", connectionString, database: "shop", collection: "item", startAt: LONG_AGO };
  return {
    source: () => mongodbSource({ ...place, batch: { events: 10 }, ...images }),
    write: (write) => tell({ write }),
    lose: () => tell("truncate"),
    async close() {
      await tell("close");
      await worker.terminate();
    },
  };
}
