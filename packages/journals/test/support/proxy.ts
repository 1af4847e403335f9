import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** The network between a journal and its server. */
export interface Proxy {
  readonly port: number;
  /** Breaks what is connected. */
  cut(): void;
  /** Breaks what is connected, and lets nothing through until {@link restore}. */
  sever(): void;
  /** Lets nobody else connect until {@link restore}. */
  refuse(): void;
  restore(): void;
  /** What the server answers is lost until {@link restore}; what is sent still arrives. */
  loseAnswers(): void;
  /** Breaks what is connected after so many answers more, again and again, until {@link restore}. */
  cutEvery(answers: () => number): void;
  close(): Promise<void>;
}

/** Passes on what comes to a port of its own. */
export async function startProxy(to: number): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let severed = false;
  let onAnswer = (pass: () => void): void => pass();

  const server = createServer((client) => {
    const upstream = connect(to, "127.0.0.1");
    const pair = [client, upstream] as const;
    const end = (): void => {
      pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    pairs.add(pair);
    for (const socket of pair) socket.on("error", end).on("close", end);
    if (severed) return end();
    client.on("data", (chunk) => upstream.write(chunk));
    upstream.on("data", (chunk) => onAnswer(() => client.write(chunk)));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");

  const cut = (): void => [...pairs].forEach(([client]) => client.destroy());
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    sever() {
      severed = true;
      cut();
    },
    refuse: () => void (severed = true),
    restore() {
      severed = false;
      onAnswer = (pass) => pass();
    },
    loseAnswers: () => void (onAnswer = () => undefined),
    cutEvery(answers) {
      let left = answers();
      onAnswer = (pass) => {
        left -= 1;
        if (left > 0) return pass();
        left = answers();
        cut();
      };
    },
    async close() {
      server.close();
      cut();
      await once(server, "close");
    },
  };
}
