import { createHmac } from "node:crypto";
import { once } from "node:events";
import { isIPv6, type AddressInfo } from "node:net";
import type { Validate } from "@backstitch/core/connector";
import type { Row } from "@backstitch/core/values";
import type { CollectionRules } from "@backstitch/rules/roles";
import { createAdaptorServer } from "@hono/node-server";
import { collectionOf, type Collection } from "./collections/collection.ts";
import { createCursors, type Cursors } from "./collections/cursor.ts";
import { createApp } from "./http/app.ts";
import { askerOf, type Authenticate } from "./http/asker.ts";
import type { GatewayContext, Live } from "./http/context.ts";
import { createHub, type LiveIntake } from "./live/hub.ts";
import { readCatalogue, type ReadersOf, type Table } from "./postgres/catalogue.ts";
import { noDatabase, openDatabase, type DatabaseOptions } from "./postgres/database.ts";
import type { CallService } from "./services/routes.ts";
import type { WebhookRoutes } from "./webhooks/routes.ts";

/** What a project says of its collections; a reload puts another in force. */
export interface GatewayRules {
  readonly collections: readonly CollectionRules[];
  readonly values: Row;
}

export interface GatewayOptions {
  /** @default "127.0.0.1" */
  readonly host?: string | undefined;
  /** 0: the system picks. */
  readonly port: number;
  /** Undefined: there are no collections. */
  readonly database: DatabaseOptions | undefined;
  readonly readersOf: ReadersOf;
  readonly rules: GatewayRules;
  /** Decides schemas of documents. */
  readonly validate: Validate;
  /** @default nobody is logged in */
  readonly authenticate?: Authenticate;
  /** Those in force: asked at each request. @default there are none */
  readonly webhooks?: (() => WebhookRoutes) | undefined;
  /** Does what users ask of services. @default nobody may call any */
  readonly call?: CallService | undefined;
  /** How changes are told as they happen. */
  readonly live?: LiveOptions | undefined;
  /** Told of what is not the asker's to mend. */
  readonly failed: (error: unknown) => void;
}

export interface LiveOptions extends Partial<Omit<Live, "hub">> {
  /** So many of the latest changes are remembered for those that come again. @default 10_000 */
  readonly events?: number;
  /** As many of them as have so many bytes as JSON. @default 16 MiB */
  readonly bytes?: number;
}

/** A gateway that listens. */
export interface Gateway {
  readonly url: string;
  /** Puts other rules in force. @throws GatewayMisconfigured where a table is not there. */
  use(rules: GatewayRules): Promise<void>;
  /** Is told of the database's log, for collections that are live. */
  readonly live: LiveIntake;
  close(): Promise<void>;
}

/** A table that a file of `collections/` names is not as it must be. */
export class GatewayMisconfigured extends Error {
  override readonly name = "GatewayMisconfigured";
}

/** Serves collections over HTTP. @throws GatewayMisconfigured */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const {
    host = "127.0.0.1",
    port,
    readersOf,
    rules,
    validate,
    authenticate = nobody,
    webhooks = () => new Map(),
    call = callsNone,
    failed,
  } = options;
  const database = options.database === undefined ? noDatabase : openDatabase(options.database);
  let values: Row = {};
  let collections: ReadonlyMap<string, Collection> = new Map();
  /** The tables of those that are live. */
  let followed: ReadonlySet<string> = new Set();
  const use: Gateway["use"] = async (wanted) => {
    const tables = wanted.collections.length === 0 ? new Map<string, Table>() : await readCatalogue(database, readersOf);
    collections = new Map(wanted.collections.map((one) => [one.name, collectionOf(one, tableOf(one, tables))]));
    followed = new Set(wanted.collections.flatMap(({ live, table }) => (live ? [table] : [])));
    values = wanted.values;
  };
  try {
    await use(rules);
    const asker: GatewayContext["asker"] = (request) => askerOf(request, authenticate, values);
    const live = liveOf(options.live, (table) => followed.has(table));
    const cursors = cursorsFor(options.database);
    const app = createApp({ database, collections: () => collections, cursors, validate, asker, live, call, webhooks }, failed);
    const server = createAdaptorServer({ fetch: app.fetch });
    server.listen(port, host);
    await once(server, "listening");
    const { port: listening } = server.address() as AddressInfo;
    return {
      url: `http://${isIPv6(host) ? `[${host}]` : host}:${listening}`,
      use,
      live: live.hub,
      async close() {
        if ("closeAllConnections" in server) server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

const nobody: Authenticate = async () => undefined;

const callsNone: CallService = async () => ({ kind: "rejected", code: "SERVICE_UNKNOWN", reason: "There are no services." });

function liveOf(
  { events = 10_000, bytes = 16_777_216, heartbeatMs = 15_000, streams = 1_000, streamsOfOne = 20 }: LiveOptions = {},
  isFollowed: (table: string) => boolean,
): Live {
  return { hub: createHub({ events, bytes }, isFollowed), heartbeatMs, streams, streamsOfOne };
}

/** All processes that serve the same database read each other's cursors. */
function cursorsFor(database: DatabaseOptions | undefined): Cursors {
  return createCursors(
    createHmac("sha256", database?.connectionString.reveal() ?? "")
      .update("backstitch cursors")
      .digest(),
  );
}

function tableOf({ name, table: wanted, document }: CollectionRules, tables: ReadonlyMap<string, Table>): Table {
  const table = tables.get(wanted);
  const file = `collections/${name}.json`;
  if (table === undefined) throw new GatewayMisconfigured(`${file}: the database has no table ${JSON.stringify(wanted)}.`);
  if (table.key.length === 0)
    throw new GatewayMisconfigured(`${file}: the table ${JSON.stringify(wanted)} has no primary key. Give it one.`);
  const held = table.columns.find((column) => column.name === document);
  if (document !== undefined && held?.type !== "jsonb")
    throw new GatewayMisconfigured(
      `${file}: the table ${JSON.stringify(wanted)} has no column ${JSON.stringify(document)} of the type jsonb.`,
    );
  return table;
}
