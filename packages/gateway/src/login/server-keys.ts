import { openDatabase, type DatabaseOptions } from "../postgres/database.ts";
import { apiKeysOf, type ApiKeys } from "./api-keys.ts";
import { migrateLogin } from "./migrate.ts";

/** API keys of servers, for who keeps the database. */
export interface ServerKeys extends ApiKeys {
  close(): Promise<void>;
}

/** @throws LoginUnavailable where the tables cannot be made. */
export async function openServerKeys(place: DatabaseOptions): Promise<ServerKeys> {
  const database = openDatabase({ ...place, connections: 1 });
  try {
    await migrateLogin(database);
    return { ...apiKeysOf(database, undefined, Date.now), close: () => database.close() };
  } catch (error) {
    await database.close();
    throw error;
  }
}
