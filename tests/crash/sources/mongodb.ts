import { mongodbPeer } from "@backstitch/sandbox";
import { MongoClient } from "mongodb";
import { startNetwork } from "../network.ts";
import { type CrashSource, tables } from "./source.ts";

/** A change stream of the stand-in, which is no database: it is cut off and never killed. */
export async function mongodbCrashSource(started: AsyncDisposableStack): Promise<CrashSource> {
  const startAt = new Date().toISOString();
  const peer = started.adopt(await mongodbPeer(), (one) => one.close());
  const address = peer.url.replace(/\/\?.*/, "");
  const network = started.adopt(await startNetwork([address]), (one) => one.close());
  const client = started.adopt(await MongoClient.connect(peer.url), (one) => one.close());
  const shop = client.db("shop");
  return {
    // Only a replacement says in its event what the document is then.
    config: { type: "mongodb", connectionString: { $secret: "MONGODB_URL" }, database: "shop", startAt },
    // The server gives an address of its own, past the network: the driver is not to follow it.
    environment: { MONGODB_URL: `${network.through(address)}/?directConnection=true` },
    network,
    ...tables(async (changes) => {
      for (const { operation, collection, after } of changes) {
        const documents = shop.collection<{ _id: number }>(collection);
        if (operation === "insert") await documents.insertOne({ _id: after.id, ...after });
        else await documents.replaceOne({ _id: after.id }, after);
      }
    }),
  };
}
