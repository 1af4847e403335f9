import { MongoClient, type Db, type Document } from "mongodb";
import type { Source } from "@backstitch/core/source";
import { mongodbPeer, type MongodbPeer, type MongodbPeerOptions } from "@backstitch/sandbox";
import { mongodbSource, type MongodbSourceOptions } from "@backstitch/sources/mongodb";

/** A stand-in with a client of MongoDB's own. */
export interface TestMongo {
  readonly peer: MongodbPeer;
  readonly client: MongoClient;
  readonly shop: Db;
  /** Of the collection `orders`, from before anything happened. */
  source(options?: Partial<MongodbSourceOptions>): Source;
  /** Commands of that name fail so, this many times. */
  fail(command: string, how: Document, times?: number): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Before any change. */
export const LONG_AGO = "2020-01-01T00:00:00Z";

export async function openMongo(options: MongodbPeerOptions = {}): Promise<TestMongo> {
  const peer = await mongodbPeer(options);
  const client = new MongoClient(peer.url);
  return {
    peer,
    client,
    shop: client.db("shop"),
    source: (wanted = {}) =>
      mongodbSource({ name: "mongo", connectionString: peer.url, database: "shop", collection: "orders", startAt: LONG_AGO, ...wanted }),
    async fail(command, how, times = 1) {
      const data = { failCommands: [command], ...how };
      await client.db("admin").command({ configureFailPoint: "failCommand", mode: { times }, data });
    },
    async [Symbol.asyncDispose]() {
      await client.close();
      await peer.close();
    },
  };
}

/** The source of all of the shop's collections, or of all databases. */
export function sourceOf(peer: MongodbPeer, options: Partial<MongodbSourceOptions>): Source {
  return mongodbSource({ name: "mongo", connectionString: peer.url, startAt: LONG_AGO, ...options });
}
