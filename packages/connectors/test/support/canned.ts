import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What a {@link canned} server says, whatever it is asked. */
export interface Answer {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string;
  /** Cuts the connection after the body. @default false */
  readonly breaksOff?: boolean;
}

/** A server on loopback that gives the same answers to everybody, in turn, the last one for ever. */
export async function canned(
  ...answers: readonly [Answer, ...Answer[]]
): Promise<AsyncDisposable & { readonly url: string; asked(): number }> {
  let asked = 0;
  const server = createServer((request, response) => {
    const { status, headers = {}, body = "", breaksOff = false } = answers[Math.min(asked, answers.length - 1)] ?? answers[0];
    asked += 1;
    request.resume().once("end", () => {
      response.writeHead(status, headers);
      if (breaksOff) response.write(body, () => request.socket.destroy());
      else response.end(body);
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((done) => server.close(() => done()));
      server.closeAllConnections();
      await closed;
    },
  };
}
