import type { Asker } from "@backstitch/rules/roles";
import type { Validate } from "@backstitch/core/connector";
import type { Collection } from "../collections/collection.ts";
import type { Cursors } from "../collections/cursor.ts";
import type { Idempotency } from "../collections/idempotency.ts";
import type { Context, Hono } from "hono";
import type { Database } from "../postgres/database.ts";
import type { CallService } from "../services/routes.ts";
import type { LiveHub } from "../live/hub.ts";
import type { LoginOptions } from "../login/settings.ts";
import type { WebhookRoutes } from "../webhooks/routes.ts";

/** What all routes share. */
export interface GatewayContext {
  readonly database: Database;
  /** Those in force, by name. */
  readonly collections: () => ReadonlyMap<string, Collection>;
  readonly cursors: Cursors;
  readonly idempotency: Idempotency;
  /** Decides schemas of documents. */
  readonly validate: Validate;
  /** Who asks, and how. @throws HttpProblem 401 */
  readonly asker: (request: Request) => Promise<Asker>;
  /** Who calls the Data API, and how. @throws HttpProblem 400, 401, 429 */
  readonly caller: (asked: Context) => Promise<Asker>;
  readonly live: Live;
  readonly call: CallService;
  /** Those in force. */
  readonly webhooks: () => WebhookRoutes;
  /** Undefined: nobody logs in. */
  readonly login: Hono | undefined;
  /** Undefined: nobody is told what is served. */
  readonly openapi: OpenApi | undefined;
  /** Pages of these may ask. */
  readonly origins: readonly string[];
}

/** What the OpenAPI document tells of that no route knows. */
export interface OpenApi {
  /** How people log in. Undefined: nobody does. */
  readonly login: LoginOptions | undefined;
}

/** How changes are told as they happen. */
export interface Live {
  readonly hub: LiveHub;
  /** A stream that has nothing to tell shows so often that it is there; then its asker is looked at anew. Milliseconds. */
  readonly heartbeatMs: number;
  /** At the same time. Those who have not logged in, or are anonymous, have half of them together. */
  readonly streams: number;
  /** Of one user, at the same time. */
  readonly streamsOfOne: number;
}
