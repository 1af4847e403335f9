import type { Source } from "@backstitch/core/source";
import { settingsOf, type MongodbSourceOptions } from "./options.ts";
import { PARTITION, readMongodb } from "./read.ts";

/**
 * Reads committed changes of a collection, a database or a deployment from MongoDB's change stream, with MongoDB's own driver (`mongodb`, an optional peer).
 * Needs a replica set or a sharded cluster, of MongoDB 4.2 or later.
 *
 * - The position is a resume token, that of the server's empty answers too: a quiet collection does not age out of the oplog.
 * - `changed` is always known but for a replacement without `before`. What `after` and `before` hold depends on `fullDocument` and `fullDocumentBeforeChange`.
 * - int64 is a number while safe, else `bigint`; Decimal128 is Decimal; ObjectId its hex digits.
 * - What happens to collections rather than documents makes no event.
 *
 * https://www.mongodb.com/docs/manual/changeStreams/
 */
export function mongodbSource(options: MongodbSourceOptions): Source {
  return {
    name: options.name,
    read: async (from, accept, signal) => readMongodb({ settings: settingsOf(options), from: from.get(PARTITION), accept, signal }),
  };
}
