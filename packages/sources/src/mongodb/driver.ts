import type * as mongodb from "mongodb";
import { SourceMisconfigured } from "@backstitch/core/source";
import type { Settings } from "./options.ts";

/** MongoDB's own driver. */
export type Driver = typeof mongodb;

/** It is no small package: loaded when a source is read. @throws SourceMisconfigured where it is not installed. */
export async function loadDriver(source: string): Promise<Driver> {
  try {
    return await import("mongodb");
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new SourceMisconfigured(`Source "${source}" needs the package "mongodb", which is not installed. Run: npm install mongodb@7.9.0`);
  }
}

/** Connects at its first command. @throws SourceMisconfigured, which does not hold the connection string. */
export function newClient({ MongoClient }: Driver, { name, connectionString }: Settings): mongodb.MongoClient {
  try {
    return new MongoClient(connectionString, { driverInfo: { name: "backstitch" } });
  } catch {
    throw new SourceMisconfigured(
      `The connection string of source "${name}" is not of the form mongodb://user:password@host:port/?option=value, or has an option that is not known. Characters like / # ? @ : in the password are written as %2F %23 %3F %40 %3A.`,
    );
  }
}

/** MongoDB 7.0, the first whose every release can split large events. */
const SPLITS_SINCE = 21;

/** Whether events are to be asked for in fragments. */
export async function splits(client: mongodb.MongoClient, { splitLargeEvents }: Settings): Promise<boolean> {
  if (splitLargeEvents !== undefined) return splitLargeEvents;
  const hello: mongodb.Document = await client.db("admin").command({ hello: 1 });
  return Number(hello["maxWireVersion"]) >= SPLITS_SINCE;
}
