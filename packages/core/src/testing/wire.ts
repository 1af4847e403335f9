import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A wire between a client and a far side that counts connections. */
export interface Wire extends AsyncDisposable {
  /** Where to connect instead. */
  readonly url: string;
  /** Connections that were ever made. */
  made(): number;
  /** Connections that the client has not ended. */
  open(): number;
}

/** Puts a wire in front of a far side on loopback. */
export async function wireTo(url: string): Promise<Wire> {
  const { port } = new URL(url);
  const open = new Set<Socket>();
  let made = 0;
  const server = createServer((near) => {
    made += 1;
    open.add(near);
    const far = connect(Number(port), "127.0.0.1");
    near.on("close", () => open.delete(near) && far.destroy()).on("error", () => far.destroy());
    far.on("error", () => near.destroy());
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    made: () => made,
    open: () => open.size,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** An address on loopback where nothing listens. */
export async function closedUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return `http://127.0.0.1:${port}`;
}
