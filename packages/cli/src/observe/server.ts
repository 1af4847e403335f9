import { createServer, type Server } from "node:http";
import { isIPv6, type AddressInfo } from "node:net";
import { Quit } from "../quit.ts";
import type { Health } from "./health.ts";
import type { Metrics } from "./metrics.ts";

/** What the outside may ask a running process. */
export interface StatusServer {
  readonly url: string;
  close(): Promise<void>;
}

/** `/healthz` (the process lives), `/readyz` (it does its work, or why not), `/metrics`. @throws Quit where it cannot listen. */
export async function serveStatus(address: { host: string; port: number }, health: Health, metrics: Metrics): Promise<StatusServer> {
  const server = createServer((request, response) => {
    void answer(request.url ?? "/", health, metrics).then(
      ([status, type, body]) => response.writeHead(status, { "content-type": type }).end(body),
      () => response.writeHead(500).end("The status could not be read.\n"),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(cannotListen(address, error.code)));
    server.listen(address.port, address.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://${isIPv6(address.host) ? `[${address.host}]` : address.host}:${port}`, close: () => closeServer(server) };
}

function cannotListen({ host, port }: { host: string; port: number }, code = "no reason given"): Quit {
  const why = code === "EADDRINUSE" ? "the port is in use" : code;
  return new Quit(
    `/healthz, /readyz and /metrics cannot listen on ${host}:${port}: ${why}. Give another --port or --host; port 0: the system picks.`,
  );
}

const TEXT = "text/plain; charset=utf-8";

async function answer(path: string, health: Health, metrics: Metrics): Promise<[status: number, type: string, body: string]> {
  if (path === "/healthz") return [200, TEXT, "ok\n"];
  if (path === "/metrics") return [200, "text/plain; version=0.0.4; charset=utf-8", await metrics.text()];
  if (path !== "/readyz") return [404, TEXT, "There are /healthz, /readyz and /metrics.\n"];
  const reasons = health.reasons();
  const lines = [...(reasons.length === 0 ? ["ready"] : reasons), ...health.pauses()];
  return [reasons.length === 0 ? 200 : 503, TEXT, `${lines.join("\n")}\n`];
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
