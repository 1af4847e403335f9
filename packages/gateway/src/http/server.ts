import { createServer as createHttpServer, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import { HttpProblem, problemResponse, problemText } from "./problem.ts";

/** How long a client may take, so that many slow ones hold nothing up for the others. */
export interface ServerLimits {
  /** For the head of a request. Milliseconds. @default 10_000 */
  readonly headersMs?: number | undefined;
  /** For a whole request. Milliseconds. @default 60_000 */
  readonly requestMs?: number | undefined;
}

/** Beyond so many connections further ones are closed at once. */
const MOST_CONNECTIONS = 2_000;
/** Of the line and the headers of a request: an address with a long filter must fit. */
const MOST_HEAD_BYTES = 16_384;
/** Longer than proxies keep a connection that nobody uses, so that they close it first. */
const KEEP_ALIVE_MS = 75_000;
const CHECK_EVERY_MS = 1_000;

/** An HTTP server within bounds. What cannot become a request is answered with a problem too. */
export function createServer(fetch: Hono["fetch"], { headersMs = 10_000, requestMs = 60_000 }: ServerLimits = {}): Server {
  const options = {
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MOST_HEAD_BYTES,
    connectionsCheckingInterval: Math.min(CHECK_EVERY_MS, headersMs),
    // Of it the listener tells in words.
    requireHostHeader: false,
  };
  const listener = getRequestListener(fetch, { errorHandler: () => problemResponse(problemOf(undefined)) });
  const server = createHttpServer(options, (asked, answer) => void listener(asked, answer));
  server.maxConnections = MOST_CONNECTIONS;
  server.on("clientError", refuse);
  return server;
}

function refuse(error: Error & { readonly code?: string }, socket: Duplex & { readonly bytesWritten?: number }): void {
  // An answer has begun, or has gone out before: what is written now could be taken for a part of it.
  if (!socket.writable || socket.bytesWritten !== 0) return void socket.destroy();
  const problem = problemOf(error.code);
  const body = problemText(problem);
  const head = [`HTTP/1.1 ${problem.status} ${problem.code}`, "content-type: application/problem+json", "cache-control: no-store"];
  socket.end([...head, `content-length: ${Buffer.byteLength(body)}`, "connection: close", "", body].join("\r\n"));
}

function problemOf(code: string | undefined): HttpProblem {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT")
    return new HttpProblem(408, "REQUEST_TOO_SLOW", "The request did not come in time. Send it again.");
  if (code === "HPE_HEADER_OVERFLOW")
    return new HttpProblem(431, "HEAD_TOO_LARGE", `The address and the headers have at most ${MOST_HEAD_BYTES} bytes together here.`);
  return new HttpProblem(400, "REQUEST_MALFORMED", "This is no request of HTTP/1.1.");
}
