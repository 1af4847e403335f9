import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
};
const FILES = new Set(["index.html", "style.css", "app.js", "api.js"]);

/** Serves the files of `page/`; any web server does. @param port 0: the system picks. */
export async function servePage(port: number): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const name = new URL(request.url ?? "/", "http://page").pathname.slice(1) || "index.html";
    if (!FILES.has(name)) return void response.writeHead(404).end();
    void readFile(join(import.meta.dirname, "page", name)).then((bytes) =>
      response.writeHead(200, { "content-type": TYPES[extname(name)] ?? "" }).end(bytes),
    );
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const { port: listening } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${listening}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
