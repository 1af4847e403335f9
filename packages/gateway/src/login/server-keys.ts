import { openDatabase, type DatabaseOptions } from "../postgres/database.ts";
import { apiKeysOf, type ApiKeys } from "./api-keys.ts";
import { migrate } from "../postgres/migrate.ts";

/** API keys of servers, for who keeps the database. */
export interface ServerKeys extends ApiKeys {
  close(): Promise<void>;
}

/** @throws TablesUnavailable where the tables cannot be made. */
export async function openServerKeys(place: DatabaseOptions): Promise<ServerKeys> {
  const database = openDatabase({ ...place, connections: 1 });
  try {
    await migrate(database, "login");
    return { ...apiKeysOf(database, undefined, Date.now), close: () => database.close() };
  } catch (error) {
    await database.close();
    throw error;
  }
}
