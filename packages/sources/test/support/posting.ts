import type { Batch } from "@backstitch/core/source";
import { httpSource, type HttpSourceOptions } from "@backstitch/sources/http";

/** A source that is being read, and what came of it. */
export interface Posting extends AsyncDisposable {
  readonly url: string;
  readonly batches: readonly Batch[];
  /** Settles as the reading does. */
  readonly reading: Promise<void>;
  post(body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answered>;
  stop(): void;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Reads an http source until it is disposed of. @param accept What happens to each batch. @default it is taken */
export async function posting(
  options: Partial<HttpSourceOptions>,
  accept: (batch: Batch) => Promise<void> = async () => {},
): Promise<Posting> {
  const batches: Batch[] = [];
  const listening = Promise.withResolvers<string>();
  const stop = new AbortController();
  const source = httpSource({
    name: "web",
    accepts: "backstitch",
    port: 0,
    authentication: "none",
    ...options,
    listening: listening.resolve,
  });
  const take = async (batch: Batch): Promise<void> => {
    await accept(batch);
    batches.push(batch);
  };
  const reading = source.read(new Map(), take, stop.signal);
  reading.catch(listening.reject);
  const url = await listening.promise;
  return {
    url,
    batches,
    reading,
    post: (body, headers = {}) => post(url, body, headers),
    stop: () => stop.abort(),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await reading.catch(() => undefined);
    },
  };
}

export async function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
  const sent = typeof body === "string" ? body : body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body);
  const response = await fetch(url, {
    method: "POST",
    body: sent,
    headers: { "content-type": "application/json", ...headers },
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answered["body"] };
}
