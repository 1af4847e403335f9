import { createHmac } from "node:crypto";
import { once } from "node:events";
import { isIPv6, type AddressInfo } from "node:net";
import type { Validate } from "@backstitch/core/connector";
import type { Row } from "@backstitch/core/values";
import type { CollectionRules } from "@backstitch/rules/roles";
import { collectionOf, type Collection } from "./collections/collection.ts";
import { createCursors, type Cursors } from "./collections/cursor.ts";
import { createIdempotency } from "./collections/idempotency.ts";
import { createApp } from "./http/app.ts";
import { askerOf, type Authenticate } from "./http/asker.ts";
import type { GatewayContext, Live } from "./http/context.ts";
import { createHub, type LiveIntake } from "./live/hub.ts";
import { createServer, type ServerLimits } from "./http/server.ts";
import { readCatalogue, type ReadersOf, type Table } from "./postgres/catalogue.ts";
import { customDataPlace, readCustomData, type CustomDataPlace } from "./login/custom-data.ts";
import { openLogin, type Login } from "./login/login.ts";
import { LoginUnavailable } from "./login/custom-token.ts";
import type { LoginMail, LoginOptions } from "./login/settings.ts";
import { noDatabase, openDatabase, type Database, type DatabaseOptions } from "./postgres/database.ts";
import { TablesUnavailable } from "./postgres/migrate.ts";
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
  /** Where there is no `login`. @default nobody is logged in */
  readonly authenticate?: Authenticate | undefined;
  /** Absent: nobody logs in, and everybody is nobody. */
  readonly login?: GatewayLogin | undefined;
  /** Pages of other origins that may ask, each in the very words of a browser: `https://shop.example.com`. @default none */
  readonly origins?: readonly string[] | undefined;
  /** So many proxies of one's own are in front; what they say of where it is asked from is believed. @default 0 */
  readonly proxies?: number | undefined;
  /** Of sessions, tokens, links and idempotency keys. Epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** Those in force: asked at each request. @default there are none */
  readonly webhooks?: (() => WebhookRoutes) | undefined;
  /** Does what users ask of services. @default nobody may call any */
  readonly call?: CallService | undefined;
  /** How changes are told as they happen. */
  readonly live?: LiveOptions | undefined;
  /** Whether `/openapi.json` tells everybody what is served, and `/docs` has a page to try it. @default false */
  readonly openapi?: boolean | undefined;
  /** How long a client may take. */
  readonly limits?: ServerLimits;
  /** Told of what is not the asker's to mend. */
  readonly failed: (error: unknown) => void;
}

export interface LiveOptions extends Partial<Omit<Live, "hub">> {
  /** So many of the latest changes are remembered for those that come again. @default 10_000 */
  readonly events?: number;
  /** As many of them as have so many bytes as JSON. @default 16 MiB */
  readonly bytes?: number;
}

export interface GatewayLogin {
  readonly options: LoginOptions;
  /** Has a service of the project send it. */
  readonly send: (mail: LoginMail) => Promise<void>;
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
  const { host = "127.0.0.1", port, readersOf, rules, failed } = options;
  const database = options.database === undefined ? noDatabase : openDatabase(options.database);
  let values: Row = {};
  let collections: ReadonlyMap<string, Collection> = new Map();
  /** The tables of those that are live. */
  let followed: ReadonlySet<string> = new Set();
  let usersData: CustomDataPlace | undefined;
  let login: Login | undefined;
  const use: Gateway["use"] = async (wanted) => {
    const asksTables = wanted.collections.length > 0 || options.login?.options.customData !== undefined;
    const tables = asksTables ? await readCatalogue(database, readersOf) : new Map<string, Table>();
    const next = new Map(wanted.collections.map((one) => [one.name, collectionOf(one, tableOf(one, tables))]));
    usersData = customDataOf(options.login, wanted, tables);
    collections = next;
    followed = new Set(wanted.collections.flatMap(({ live, table }) => (live ? [table] : [])));
    values = wanted.values;
  };
  try {
    await use(rules);
    login = await openLoginOf(options, database, () => usersData);
    const authenticate = login?.authenticate ?? options.authenticate ?? nobody;
    const asker: GatewayContext["asker"] = (request) => askerOf(request, authenticate, values);
    const caller: GatewayContext["caller"] = (asked) =>
      askerOf(asked.req.raw, async (request) => (login === undefined ? authenticate(request) : login.authenticateCall(asked)), values);
    const live = liveOf(options.live, (table) => followed.has(table));
    const context = { ...partsOf(options, database), asker, caller, live, login: login?.routes, collections: () => collections };
    const app = createApp(context, failed);
    const server = createServer(app.fetch, options.limits);
    server.listen(port, host);
    await once(server, "listening");
    const { port: listening } = server.address() as AddressInfo;
    return {
      url: `http://${isIPv6(host) ? `[${host}]` : host}:${listening}`,
      use,
      live: live.hub,
      async close() {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
        await login?.close();
        await database.close();
      },
    };
  } catch (error) {
    await login?.close();
    await database.close();
    throw error instanceof LoginUnavailable || error instanceof TablesUnavailable ? new GatewayMisconfigured(error.message) : error;
  }
}

/** What of the options stays as it is. */
function partsOf(
  { validate, webhooks = noWebhooks, call = callsNone, origins = [], database: place, openapi, login, now, failed }: GatewayOptions,
  database: Database,
): Omit<GatewayContext, "asker" | "caller" | "live" | "login" | "collections"> {
  const idempotency = createIdempotency({ database, now, failed });
  const told = openapi === true ? { login: login?.options } : undefined;
  return { database, validate, webhooks, call, origins, idempotency, cursors: cursorsFor(place), openapi: told };
}

const nobody: Authenticate = async () => undefined;

const NO_WEBHOOKS: WebhookRoutes = new Map();
const noWebhooks = (): WebhookRoutes => NO_WEBHOOKS;

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

async function openLoginOf(
  { login, proxies = 0, now, failed }: GatewayOptions,
  database: Database,
  place: () => CustomDataPlace | undefined,
): Promise<Login | undefined> {
  if (login === undefined) return undefined;
  return openLogin({
    ...login,
    database,
    proxies,
    now,
    failed,
    async customData(userId) {
      const there = place();
      return there === undefined ? {} : readCustomData(database, there, userId);
    },
  });
}

function customDataOf(
  login: GatewayLogin | undefined,
  { collections }: GatewayRules,
  tables: ReadonlyMap<string, Table>,
): CustomDataPlace | undefined {
  const wanted = login?.options.customData;
  const place = wanted && customDataPlace(wanted, collections, tables);
  if (typeof place === "string") throw new GatewayMisconfigured(`backstitch.json, gateway.login.customData: ${place}`);
  return place;
}

function tableOf({ name, table: wanted, document }: CollectionRules, tables: ReadonlyMap<string, Table>): Table {
  const table = tables.get(wanted);
  const file = `collections/${name}.json`;
  if (table === undefined) throw new GatewayMisconfigured(`${file}: the database has no table ${JSON.stringify(wanted)}.`);
  if (table.key.length === 0)
    throw new GatewayMisconfigured(`${file}: the table ${JSON.stringify(wanted)} has no primary key. Give it one.`);
  const odd = table.key.find(({ type }) => type === "jsonb" || type.startsWith("_"));
  if (odd !== undefined)
    throw new GatewayMisconfigured(
      `${file}: the primary key of ${JSON.stringify(wanted)} has ${JSON.stringify(odd.name)}, which is ${odd.type === "jsonb" ? "jsonb" : "an array"}: no address can name such a key. Give the table another one.`,
    );
  const held = table.columns.find((column) => column.name === document);
  if (document !== undefined && held?.type !== "jsonb")
    throw new GatewayMisconfigured(
      `${file}: the table ${JSON.stringify(wanted)} has no column ${JSON.stringify(document)} of the type jsonb.`,
    );
  return table;
}
