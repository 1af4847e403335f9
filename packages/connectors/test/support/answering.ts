import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A far side that answers as a test says. */
export interface Answering extends AsyncDisposable {
  readonly url: string;
  /** Requests so far: method, path with query, lower-case headers and body. */
  readonly requests: readonly SeenRequest[];
  /** Connections that were ever made. */
  connections(): number;
}

export interface SeenRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** Starts it on loopback. */
export async function answering(respond: (response: ServerResponse, request: SeenRequest) => void): Promise<Answering> {
  const requests: SeenRequest[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url: target = "", headers } = request;
      const seen = { method, target, headers, body: Buffer.concat(chunks) };
      requests.push(seen);
      respond(response, seen);
    });
  });
  server.on("connection", () => (connections += 1));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
    },
  };
}
