import { action, ConnectorError, type Connector } from "@backstitch/core/connector";
import type { AttemptContext } from "@backstitch/core/connector";
import { openService, type Service, type ServiceDefinition } from "@backstitch/core/runtime";

interface Config {
  readonly url: string;
}

const args = {
  type: "object",
  properties: { name: { type: "string" }, body: { type: "string" } },
  required: ["name"],
  additionalProperties: false,
} as const;

interface Args {
  readonly name: string;
  readonly body?: string | undefined;
}

async function send({ url }: Config, { name, body }: Args, { deliveryId, number, signal }: AttemptContext): Promise<{ id: string }> {
  const path = [name, deliveryId, String(number)].map(encodeURIComponent).join("/");
  const answer = await fetch(`${url}/${path}`, { method: "POST", body: body ?? "", signal });
  await answer.arrayBuffer();
  const failures = { 400: "rejected", 401: "locked-out", 429: "throttled", 500: "uncertain", 503: "unavailable" } as const;
  const kind = failures[answer.status as keyof typeof failures];
  if (kind === undefined) return { id: deliveryId };
  const retryAfterMs = kind === "throttled" ? Number(answer.headers.get("retry-after-ms")) : undefined;
  throw new ConnectorError(kind, `SINK_${answer.status}`, `The sink answered ${answer.status}.`, retryAfterMs);
}

/** A connector by the public contract: it posts to a server and reads the status. `find` can find out what became of an attempt. */
export const sink: Connector<Config, Config> = {
  type: "sink",
  summary: "Posts.",
  config: { type: "object" },
  connect: (config) => config,
  actions: {
    send: action<Config, typeof args>({ summary: "Posts.", args, repeat: "repeats", run: send }),
    find: action<Config, typeof args>({
      summary: "Posts, and can find out.",
      args,
      repeat: "repeats",
      run: send,
      async reconcile(config, { name }, context) {
        await send(config, { name: `look-${name}` }, context);
        return "done";
      },
    }),
  },
};

/** Short waits, so that retries happen within a test's patience. */
export const quick = { attempts: 5, firstDelayMs: 1, longestDelayMs: 2 };

export function openSink(name: string, url: string, settings: Partial<ServiceDefinition> = {}): Service {
  const validate = () => (value: unknown) => (typeof value === "object" ? [] : [{ path: [], keyword: "type", message: "not an object" }]);
  return openService({ name, connector: sink, config: { url }, retry: quick, ...settings }, validate);
}
