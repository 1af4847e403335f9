import type { Asker } from "@backstitch/rules/roles";
import type { Validate } from "@backstitch/core/connector";
import type { Collection } from "../collections/collection.ts";
import type { Cursors } from "../collections/cursor.ts";
import type { Database } from "../postgres/database.ts";
import type { WebhookRoutes } from "../webhooks/routes.ts";

/** What all routes share. */
export interface GatewayContext {
  readonly database: Database;
  /** Those in force, by name. */
  readonly collections: () => ReadonlyMap<string, Collection>;
  readonly cursors: Cursors;
  /** Decides schemas of documents. */
  readonly validate: Validate;
  /** Who asks, and how. @throws HttpProblem 401 */
  readonly asker: (request: Request) => Promise<Asker>;
  /** Those in force. */
  readonly webhooks: () => WebhookRoutes;
}
