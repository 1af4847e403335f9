import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll } from "vitest";
import { describeSource, type SourceDriver } from "@backstitch/core/testing";
import { mongodbSource, type MongodbSourceOptions } from "@backstitch/sources/mongodb";
import { LONG_AGO } from "./support/mongodb.ts";
import type { WorkerTask } from "./support/mongodb-worker.ts";

const SHOWS = { canLose: true, rowsElsewhere: true };

describeSource("mongodb with documents looked up", () => mongoDriver({ fullDocument: "updateLookup" }), SHOWS);
describeSource("mongodb with images", () => mongoDriver({ fullDocument: "required", fullDocumentBeforeChange: "required" }), SHOWS);

/** One for all: to start it takes longer than most tests do. */
let worker: Worker;
beforeAll(() => void (worker = new Worker(new URL("support/mongodb-worker.ts", import.meta.url))));
afterAll(() => worker.terminate());

async function tell(task: WorkerTask): Promise<string> {
  worker.postMessage(task);
  const [url] = (await once(worker, "message")) as [string];
  return url;
}

async function mongoDriver(images: Partial<MongodbSourceOptions>): Promise<SourceDriver> {
  const place = { name: "mongo", connectionString: await tell("open"), database: "shop", collection: "item", startAt: LONG_AGO };
  return {
    source: () => mongodbSource({ ...place, batch: { events: 10 }, ...images }),
    write: async (write) => void (await tell({ write })),
    lose: async () => void (await tell("truncate")),
    close: async () => void (await tell("close")),
  };
}
