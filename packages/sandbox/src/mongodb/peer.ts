import { createServer, type AddressInfo, type Server as TcpServer, type Socket } from "node:net";
import { Timestamp, type Document } from "bson";
import type { PeerOptions } from "../server.ts";
import { handle, type Server } from "./commands.ts";
import { CommandFailed, errorReply } from "./errors.ts";
import { createFailPoint, type FailPoint } from "./failpoint.ts";
import { createStore, type Store } from "./store.ts";
import { createStreams, type Streams } from "./streams.ts";
import { createReader, writeReply, type Request } from "./wire.ts";

export interface MongodbPeerOptions extends PeerOptions {
  /** A server that is no member of a replica set has no change streams. @default true */
  readonly replicaSet?: boolean;
  /** What its protocol is called; 21 is MongoDB 7.0, 17 is 6.0. @default 21 */
  readonly maxWireVersion?: number;
  /** Larger events are split where that is asked for, and refused elsewhere. Bytes. @default 16777216 (16 MB) */
  readonly largestEvent?: number;
  /** Epoch milliseconds. @default Date.now */
  readonly clock?: () => number;
}

/** A local MongoDB for tests and examples: a replica set of one, in memory, that speaks the wire protocol to MongoDB's own drivers. */
export interface MongodbPeer {
  /** Its connection string. */
  readonly url: string;
  /** How many commands of that name came so far. */
  received(command: string): number;
  /** How many connections are open. */
  connections(): number;
  /** Forgets what its oplog holds, as a server does in time. */
  truncateOplog(): void;
  /** Forgets the cursors that are open, as a server does that is started anew. */
  killCursors(): void;
  close(): Promise<void>;
}

/**
 * Starts a stand-in on loopback that knows `insert`, `update` ($set, $unset, $inc, $push, replacements, pipelines of these), `delete`, `find` by equal fields, what
 * makes, renames and drops collections, and change streams: on a collection, a database and all; resume tokens, images, lookups, invalidation, a lost history, split events.
 * It fails on request the way the server does: `configureFailPoint: "failCommand"`. It is no database: there are no indexes, no transactions, no users.
 */
export async function mongodbPeer(options: MongodbPeerOptions = {}): Promise<MongodbPeer> {
  const { replicaSet = true, clock = Date.now, largestEvent = 16 * 1024 * 1024 } = options;
  const store = createStore(clock);
  const streams = createStreams(store, largestEvent);
  const received: string[] = [];
  const sockets = new Set<Socket>();
  const shared = { store, streams, failPoint: createFailPoint(), options, received, address: () => addressOf(server) };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    serve(socket, shared);
  });
  await new Promise<void>((listening, failed) => {
    server.once("error", failed);
    server.listen(options.port ?? 0, "127.0.0.1", listening);
  });
  return {
    url: `mongodb://${addressOf(server)}/${replicaSet ? "?replicaSet=rs0" : ""}`,
    received: (command) => received.filter((name) => name === command).length,
    connections: () => sockets.size,
    truncateOplog: () => store.truncate(),
    killCursors: () => streams.killAll(),
    async close() {
      const closed = new Promise<void>((done) => server.close(() => done()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function addressOf(server: TcpServer): string {
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Shared {
  readonly store: Store;
  readonly streams: Streams;
  readonly failPoint: FailPoint;
  readonly options: MongodbPeerOptions;
  readonly received: string[];
  address(): string;
}

function serve(socket: Socket, shared: Shared): void {
  const gone = new AbortController();
  const read = createReader();
  const server: Server = { ...shared, hello: () => hello(shared), closing: gone.signal };
  socket.setNoDelay(true);
  socket.on("close", () => gone.abort());
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    for (const request of read(chunk)) void answer(socket, request, server, shared).catch(() => socket.destroy());
  });
}

async function answer(socket: Socket, request: Request, server: Server, { store, failPoint, options, received }: Shared): Promise<void> {
  const [name = ""] = Object.keys(request.command);
  received.push(name);
  const failure = failPoint.next(name);
  if (failure?.closeConnection === true) return void socket.destroy();
  const reply =
    failure === undefined
      ? await replyOf(server, request, options)
      : errorReply(new CommandFailed(failure.errorCode, "Failing command via 'failCommand' failpoint"), name, failure.errorLabels);
  const operationTime = new Timestamp({ t: store.now.t, i: store.now.i });
  if (!socket.destroyed) socket.write(writeReply(request, { ...reply, operationTime }));
}

async function replyOf(server: Server, { command }: Request, { replicaSet = true }: MongodbPeerOptions): Promise<Document> {
  const [name = ""] = Object.keys(command);
  try {
    if (!replicaSet && name === "aggregate") throw new CommandFailed(40573, "The $changeStream stage is only supported on replica sets");
    return await handle(server, command);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    return errorReply(error, name);
  }
}

function hello({ options: { replicaSet = true, maxWireVersion = 21 }, address }: Shared): Document {
  const set = { setName: "rs0", setVersion: 1, hosts: [address()], me: address(), primary: address(), secondary: false };
  return {
    helloOk: true,
    ismaster: true,
    isWritablePrimary: true,
    ...(replicaSet ? set : {}),
    maxBsonObjectSize: 16 * 1024 * 1024,
    maxMessageSizeBytes: 48_000_000,
    maxWriteBatchSize: 100_000,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: 30,
    connectionId: 1,
    minWireVersion: 0,
    maxWireVersion,
    readOnly: false,
    ok: 1,
  };
}
