import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { isIPv6, type AddressInfo } from "node:net";
import { SourceMisconfigured } from "@backstitch/core/source";
import { Refusal } from "./refusal.ts";

/** What a request is answered: JSON; undefined: nothing, which is 204. */
export type Answer = Readonly<Record<string, number | string>> | undefined;

export interface HttpServer {
  readonly url: string;
  readonly port: number;
  /** Takes no more requests, answers those that are under way, and lets go of the rest. */
  close(): Promise<void>;
}

export interface Address {
  /** Who listens, as a sentence about it begins: `Source "shop"`. */
  readonly who: string;
  readonly host: string;
  readonly port: number;
}

/** A body that does not come whole within this is none. */
const REQUEST_TIMEOUT_MS = 30_000;

/** @throws SourceMisconfigured where it can never listen there; another error where something else does for now. */
export async function listen(address: Address, handle: (request: IncomingMessage) => Promise<Answer>): Promise<HttpServer> {
  const underWay = new Set<Promise<void>>();
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    const answered = respond(request, response, handle).finally(() => underWay.delete(answered));
    underWay.add(answered);
  });
  const { host } = address;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(cannotListen(address, error.code)));
    server.listen(address.port, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://${isIPv6(host) ? `[${host}]` : host}:${port}`, port, close: () => closeServer(server, underWay) };
}

function cannotListen({ who, host, port }: Address, code = "no reason given"): Error {
  const place = `${who} cannot listen on ${host}:${port}`;
  if (code === "EADDRINUSE")
    return new Error(`${place}: the port is in use. Give it another "port", or end what uses it; it is tried again.`);
  return new SourceMisconfigured(`${place} (${code}). Give it another "host" or "port".`);
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  handle: (request: IncomingMessage) => Promise<Answer>,
): Promise<void> {
  const { status, headers, body } = await handle(request).then(
    (answer) => ({ status: answer === undefined ? 204 : 200, headers: {}, body: answer }),
    (error: unknown) => refused(error),
  );
  await new Promise<void>((resolve) => {
    response.once("close", resolve);
    if (body === undefined) response.writeHead(status, headers).end();
    else response.writeHead(status, { "content-type": "application/json", ...headers }).end(`${JSON.stringify(body)}\n`);
  });
}

function refused(error: unknown): { readonly status: number; readonly headers: Refusal["headers"]; readonly body: Answer } {
  if (error instanceof Refusal) return { status: error.status, headers: error.headers, body: { error: error.message } };
  return { status: 500, headers: {}, body: { error: "The request could not be read. Nothing of it is recorded." } };
}

async function closeServer(server: Server, underWay: ReadonlySet<Promise<void>>): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  await Promise.all(underWay);
  server.closeAllConnections();
  await closed;
}
