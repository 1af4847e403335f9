import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { MongoClient, type Collection, type Db, type Document, type Long } from "mongodb";
import type { Source } from "@backstitch/core/source";
import { mongodbPeer, type MongodbPeer, type MongodbPeerOptions } from "@backstitch/sandbox";
import { mongodbSource, type MongodbSourceOptions } from "@backstitch/sources/mongodb";

/** A document with a key of its own. */
export interface Item extends Document {
  readonly _id: number | string | Long;
}

/** A stand-in with a client of MongoDB's own. */
export interface TestMongo {
  readonly peer: MongodbPeer;
  readonly client: MongoClient;
  readonly shop: Db;
  /** Of the shop. */
  collection(name: string): Collection<Item>;
  /** Of the collection `orders`, from before anything happened. */
  source(options?: Wanted): Source;

  /** Commands of that name fail so, this many times. */
  fail(command: string, how: Document, times?: number): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Undefined: the default. */
export type Wanted = { readonly [Name in keyof MongodbSourceOptions]?: MongodbSourceOptions[Name] | undefined };

/** Before any change. */
export const LONG_AGO = "2020-01-01T00:00:00Z";

export async function openMongo(options: MongodbPeerOptions = {}): Promise<TestMongo> {
  const peer = await mongodbPeer(options);
  const client = new MongoClient(peer.url);
  return {
    peer,
    client,
    shop: client.db("shop"),
    collection: (name) => client.db("shop").collection<Item>(name),
    source: (wanted) => sourceOf(peer, { database: "shop", collection: "orders", ...wanted }),
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
export function sourceOf(peer: MongodbPeer, options: Wanted): Source {
  return mongodbSource({ name: "mongo", connectionString: peer.url, startAt: LONG_AGO, ...options } as MongodbSourceOptions);
}

/** A connection through which what the stand-in answers is changed on the way. `before` is done before what it is asked passes. */
export async function through(
  peer: MongodbPeer,
  change: (bytes: Buffer) => void,
  before: (bytes: Buffer) => Promise<unknown> = async () => undefined,
): Promise<{ readonly url: string; [Symbol.asyncDispose](): Promise<void> }> {
  const port = Number(new URL(peer.url.replace("mongodb:", "http:")).port);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const far = connect(port, "127.0.0.1");
    for (const socket of [client, far]) {
      sockets.add(socket);
      socket.on("error", () => [client, far].forEach((one) => one.destroy()));
      socket.on("close", () => [client, far].forEach((one) => one.destroy()));
    }
    client.on("data", (bytes) => void before(bytes).then(() => far.write(bytes)));
    far.on("data", (bytes) => {
      change(bytes);
      client.write(bytes);
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `mongodb://127.0.0.1:${(server.address() as AddressInfo).port}/?directConnection=true`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((done) => server.close(() => done()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
