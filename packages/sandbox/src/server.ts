import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Fault, Peer, ReceivedCall } from "@backstitch/core/testing";
import { faultSwitch, type FaultSwitch } from "./faults.ts";

/** One request, read whole. */
export interface PeerRequest {
  readonly method: string;
  /** As it was sent, percent-encoded and not normalised: `..` and `//` stay visible. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: { readonly [name: string]: string };
  readonly body: Buffer;
}

/** What a vendor answers. */
export interface PeerAnswer {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | Uint8Array;
  /** Given where the request did what it asked for: it then stands in `received()`. Several where one request asks for several things. */
  readonly received?: Taken | readonly Taken[];
}

type Taken = Pick<ReceivedCall, "operation" | "fields">;

/** One vendor's wire protocol: how it does what it is asked, and how it says no. */
export interface Vendor {
  handle(request: PeerRequest): PeerAnswer | Promise<PeerAnswer>;
  /** Too fast. The server adds `Retry-After`. */
  throttled(request: PeerRequest): PeerAnswer;
  /** Out of order. */
  failed(request: PeerRequest, status: 500 | 503): PeerAnswer;
  /** The credentials are wrong. */
  refused(request: PeerRequest): PeerAnswer;
  /** An error of its own. Absent: it has no codes. */
  coded?(fault: CodedFault): PeerAnswer;
}

/** A vendor's own error, as a test asks for it. */
export type CodedFault = Extract<Fault, { readonly kind: "code" }>;

/** Where a peer listens. */
export interface PeerOptions {
  /** On 127.0.0.1. @default 0, a port that the system picks */
  readonly port?: number;
}

/** Starts a vendor's stand-in on loopback; it misbehaves when told. */
export async function startPeer(vendor: Vendor, options: PeerOptions = {}): Promise<Peer> {
  const received: ReceivedCall[] = [];
  const faults = faultSwitch();
  const closing = new AbortController();
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const fault = faults.next();
    if (fault?.kind === "reset-before") return void request.socket.resetAndDestroy();
    const exchange: Exchange = { request, response, fault, closing: closing.signal, received };
    answer(vendor, exchange).catch(() => request.socket.resetAndDestroy());
  });
  server.prependListener("connection", (socket: Socket) => resetNewConnection(socket, faults));
  await new Promise<void>((listening, failed) => {
    server.once("error", failed);
    server.listen(options.port ?? 0, "127.0.0.1", listening);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: () => [...received],
    misbehave: (fault, times) => faults.set(fault, times),
    async close() {
      closing.abort();
      const closed = new Promise<void>((done) => server.close(() => done()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A connection that is cut before anything is read counts as the request that would have come. */
function resetNewConnection(socket: Socket, faults: FaultSwitch): void {
  if (faults.current()?.kind !== "reset-before") return;
  faults.next();
  socket.resetAndDestroy();
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly fault: Fault | undefined;
  readonly closing: AbortSignal;
  readonly received: ReceivedCall[];
}

async function answer(vendor: Vendor, exchange: Exchange): Promise<void> {
  const { fault, received } = exchange;
  const request = await readRequest(exchange.request);
  const refusal = fault === undefined ? undefined : refusalOf(vendor, request, fault);
  if (refusal !== undefined) return send(exchange.response, refusal);
  if (fault?.kind === "reset-after") return void exchange.request.socket.resetAndDestroy();
  const done = await vendor.handle(request);
  for (const taken of [done.received ?? []].flat()) received.push({ ...taken, headers: request.headers, at: Date.now() });
  if (fault?.kind === "lost-response") return void exchange.request.socket.resetAndDestroy();
  if (fault?.kind === "slow") return sendLater(exchange, done, fault.delayMs);
  send(exchange.response, fault?.kind === "malformed" ? { ...done, body: '<{"half of an answ' } : done);
}

/** The faults that are an answer in the vendor's own form. */
function refusalOf(vendor: Vendor, request: PeerRequest, fault: Fault): PeerAnswer | undefined {
  if (fault.kind === "status") return vendor.failed(request, fault.status);
  if (fault.kind === "refuse-credentials") return vendor.refused(request);
  if (fault.kind === "code") return vendor.coded?.(fault) ?? vendor.failed(request, 500);
  if (fault.kind !== "throttle") return undefined;
  const answer = vendor.throttled(request);
  return fault.retryAfter === undefined ? answer : { ...answer, headers: { ...answer.headers, "retry-after": fault.retryAfter } };
}

async function readRequest(request: IncomingMessage): Promise<PeerRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  // Not `new URL`: it would normalise away the `..` and `//` that a client must never send.
  const target = request.url ?? "/";
  const mark = target.indexOf("?");
  const headers = Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]);
  return {
    method: request.method ?? "GET",
    path: mark === -1 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark === -1 ? "" : target.slice(mark + 1)),
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: Buffer.concat(chunks),
  };
}

function send(response: ServerResponse, { status, headers = {}, body = "" }: PeerAnswer): void {
  const length = status === 204 || status === 304 ? {} : { "content-length": String(Buffer.byteLength(body)) };
  response.writeHead(status, { ...headers, ...length }).end(body);
}

function sendLater({ response, closing }: Exchange, answer: PeerAnswer, delayMs: number): void {
  const timer = setTimeout(() => send(response, answer), delayMs);
  const forget = (): void => clearTimeout(timer);
  response.once("close", forget);
  closing.addEventListener("abort", forget, { once: true });
}
