import type { IncomingMessage } from "node:http";
import type { Journal } from "@backstitch/core/journal";
import { receive, type Observer, type Services } from "@backstitch/core/runtime";
import type { ReceiptsSettings } from "@backstitch/project";
import { Quit } from "./quit.ts";

/** What SNS posts is a quarter of a megabyte at most, and all others tell less. */
const MOST_BODY_BYTES = 524_288;
/** More at once are told to come again. */
const MOST_REQUESTS = 64;

export interface ServeReceiptsOptions {
  readonly services: () => Services;
  readonly journal: Pick<Journal, "learn">;
  readonly observer: Observer;
}

/** Where a process takes receipts. */
export interface ReceiptsServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Takes receipts where the project says so; undefined: it says nothing. @throws Quit where it cannot listen. */
export async function serveReceipts(
  settings: ReceiptsSettings | undefined,
  { services, journal, observer }: ServeReceiptsOptions,
): Promise<ReceiptsServer | undefined> {
  const { host, port, publicUrl } = settings ?? {};
  if (host === undefined || port === undefined || publicUrl === undefined) return undefined;
  const { comeAgain, listen, readBody, Refusal } = await import("@backstitch/sources/http");
  const closing = new AbortController();
  let underWay = 0;

  async function handle(request: IncomingMessage): Promise<undefined> {
    if (underWay >= MOST_REQUESTS) throw comeAgain(`${MOST_REQUESTS} receipts are under way.`);
    underWay += 1;
    try {
      const body = await readBody(request, MOST_BODY_BYTES);
      const arrived = { method: request.method ?? "", path: request.url ?? "/", headers: headersOf(request), body };
      const { status, sentence } = await receive(arrived, {
        services,
        journal,
        publicUrl: publicUrl ?? "",
        observer,
        signal: closing.signal,
      });
      if (status === 503) throw comeAgain(sentence, 5);
      if (status !== 204) throw new Refusal(status, sentence, status === 405 ? { allow: "POST" } : {});
      return undefined;
    } finally {
      underWay -= 1;
    }
  }

  const server = await listen({ who: "The receipts", host, port }, handle).catch((error: unknown) => {
    throw new Quit(error instanceof Error ? error.message : String(error));
  });
  return {
    url: server.url,
    async close() {
      closing.abort();
      await server.close();
    },
  };
}

function headersOf({ headers }: IncomingMessage): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, typeof value === "object" ? value.join(", ") : value]));
}
