import type { Document } from "bson";
import { CommandFailed } from "./errors.ts";
import type { FailPoint } from "./failpoint.ts";
import type { Store } from "./store.ts";
import type { Streams } from "./streams.ts";
import { findAll, insert, remove, update, type Target } from "./write.ts";

/** What a command works on. */
export interface Server {
  readonly store: Store;
  readonly streams: Streams;
  readonly failPoint: FailPoint;
  /** What it says of itself. */
  hello(): Document;
  /** Aborts when the connection is closed. */
  readonly closing: AbortSignal;
}

type Handler = (server: Server, command: Document, db: string) => Document | Promise<Document>;

const DONE: Document = { ok: 1 };

const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["hello", ({ hello }) => hello()],
  ["ismaster", ({ hello }) => hello()],
  ["isMaster", ({ hello }) => hello()],
  ["ping", () => DONE],
  ["buildInfo", () => ({ version: "7.0.0", versionArray: [7, 0, 0, 0], ok: 1 })],
  ["endSessions", () => DONE],
  ["createIndexes", () => DONE],
  ["saslStart", () => fail(18, "Authentication failed.")],
  [
    "configureFailPoint",
    ({ failPoint }, command) => {
      failPoint.configure(command);
      return DONE;
    },
  ],
  ["insert", (server, command, db) => insert(target(server, command["insert"], db), command["documents"] as Document[])],
  ["update", (server, command, db) => update(target(server, command["update"], db), command["updates"] as Document[])],
  ["delete", (server, command, db) => remove(target(server, command["delete"], db), command["deletes"] as Document[])],
  ["find", (server, command, db) => findAll(target(server, command["find"], db), (command["filter"] as Document | undefined) ?? {})],
  ["aggregate", ({ streams }, command, db) => streams.open(command, db)],
  ["getMore", ({ streams, closing }, command, db) => streams.more(command, db, closing)],
  [
    "killCursors",
    ({ streams }, command) => {
      streams.kill(command["cursors"] as unknown[]);
      return DONE;
    },
  ],
  ["create", ({ store }, command, db) => create(store, command, db)],
  ["collMod", ({ store }, command, db) => keepImages(store, db, command["collMod"] as string, command)],
  ["drop", ({ store }, command, db) => drop(store, db, command["drop"] as string)],
  ["dropDatabase", ({ store }, _command, db) => dropDatabase(store, db)],
  ["renameCollection", ({ store }, command) => rename(store, command)],
  ["shardCollection", ({ store }, command) => shard(store, command)],
]);

/** What the server answers. @throws CommandFailed */
export async function handle(server: Server, command: Document): Promise<Document> {
  const [name = ""] = Object.keys(command);
  const handler = HANDLERS.get(name) ?? fail(59, `no such command: '${name}'`);
  return handler(server, command, command["$db"] as string);
}

function target({ store }: Server, coll: unknown, db: string): Target {
  return { store, db, coll: coll as string };
}

function fail(code: number, message: string): never {
  throw new CommandFailed(code, message);
}

function create(store: Store, command: Document, db: string): Document {
  const coll = command["create"] as string;
  if (store.collection(db, coll) === undefined) {
    store.made(db, coll);
    store.log({ kind: "create", db, coll });
  }
  return keepImages(store, db, coll, command);
}

function keepImages(store: Store, db: string, coll: string, command: Document): Document {
  const wanted = command["changeStreamPreAndPostImages"] as Document | undefined;
  if (wanted !== undefined) store.made(db, coll).images = wanted["enabled"] === true;
  return DONE;
}

function drop(store: Store, db: string, coll: string): Document {
  if (store.collection(db, coll) === undefined) return DONE;
  store.log({ kind: "drop", db, coll });
  store.drop(db, coll);
  return DONE;
}

function dropDatabase(store: Store, db: string): Document {
  for (const coll of store.collectionsOf(db)) drop(store, db, coll);
  store.log({ kind: "dropDatabase", db, coll: "" });
  return DONE;
}

function rename(store: Store, command: Document): Document {
  const [db, from] = namespaceOf(command["renameCollection"]);
  const [, to] = namespaceOf(command["to"]);
  if (store.collection(db, from) === undefined) return fail(26, `Source collection ${db}.${from} does not exist`);
  store.log({ kind: "rename", db, coll: from, to });
  store.rename(db, from, to);
  return DONE;
}

function shard(store: Store, command: Document): Document {
  const [db, coll] = namespaceOf(command["shardCollection"]);
  store.made(db, coll).shardKey = Object.keys(command["key"] as Document);
  return DONE;
}

function namespaceOf(name: unknown): readonly [string, string] {
  const text = name as string;
  const dot = text.indexOf(".");
  return [text.slice(0, dot), text.slice(dot + 1)];
}
