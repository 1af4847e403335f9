import type { Asker } from "@backstitch/rules/roles";
import type { Collection } from "../collections/collection.ts";
import type { Database } from "../postgres/database.ts";

/** What all routes share. */
export interface GatewayContext {
  readonly database: Database;
  /** Those in force, by name. */
  readonly collections: () => ReadonlyMap<string, Collection>;
  /** Who asks, and how. @throws HttpProblem 401 */
  readonly asker: (request: Request) => Promise<Asker>;
}
