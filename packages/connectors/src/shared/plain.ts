import { randomFillSync } from "node:crypto";
import {
  ConnectorError,
  LINK,
  Secret,
  type AnyConnector,
  type AttemptContext,
  type JsonSchema,
  type Link,
  type Receipt,
  type SchemaFault,
} from "@backstitch/core/connector";

/** How a connector is used by code that has no engine: its actions as functions, and `close`. */
export type Calls<C extends AnyConnector> = {
  readonly [Name in keyof C["actions"]]: (args: Parameters<C["actions"][Name]["run"]>[1], options?: CallOptions) => Promise<Receipt>;
} & Links<C> & { close(): Promise<void> };

type Links<C extends AnyConnector> = C extends { readonly link: Link<infer _Client, infer Args> }
  ? { link(args: Args, options?: CallOptions): Promise<string> }
  : unknown;

export interface CallOptions {
  /**
   * Names what is done, for far sides that do the same thing once (`by-key`, `by-nature`): give the same again when you try again.
   * 26 characters of a to z and 2 to 7. @default a new one for each call
   */
  readonly id?: string;
  /** Which try of the same thing this is, from 1. @default 1 */
  readonly number?: number;
  /** Milliseconds; then the call is cut short, and may have been done. @default 30_000 */
  readonly deadlineMs?: number;
  /** Cuts the call short. */
  readonly signal?: AbortSignal;
}

/** A configuration in which secrets may stand as plain strings. */
export type Plainly<T> = T extends Secret
  ? Secret | string
  : T extends readonly (infer Item)[]
    ? readonly Plainly<Item>[]
    : T extends object
      ? { readonly [Name in keyof T]: Plainly<T[Name]> }
      : T;

const DEADLINE_MS = 30_000;

/** Each call is one try, and connects if none did before it. Rejects with a `ConnectorError`, whose `outcome` says whether to try again. */
export function plain<C extends AnyConnector>(connector: C, config: unknown): Calls<C> {
  let connected: Promise<unknown> | undefined;
  const client = (): Promise<unknown> => (connected ??= Promise.resolve(connector.connect(withSecrets(config, connector.config))));
  const { actions, link } = connector;
  const asked = Object.entries(actions).map(([name, { run, faults }]): [string, Asked] => [name, { run, faults }]);
  if (link !== undefined) asked.push([LINK, { run: link.make, faults: link.faults }]);
  const calls = asked.map(([name, { run, faults }]) => {
    const call = async (args: never, options: CallOptions = {}): Promise<unknown> => {
      const [fault] = faults?.(args) ?? [];
      if (fault !== undefined) throw new ConnectorError("rejected", "ARGUMENTS_INVALID", fault.message);
      const { context, over } = begin(options);
      try {
        return await run(await client(), args, context);
      } finally {
        over();
      }
    };
    return [name, call];
  });
  async function close(): Promise<void> {
    if (connected !== undefined) await connector.close?.(await connected);
    connected = undefined;
  }
  return { ...Object.fromEntries(calls), close } as Calls<C>;
}

/** Of an action, or of a link. */
interface Asked {
  readonly run: (client: unknown, args: never, context: AttemptContext) => Promise<unknown>;
  readonly faults: ((args: never) => readonly SchemaFault[]) | undefined;
}

interface Begun {
  readonly context: AttemptContext;
  over(): void;
}

/** Not `AbortSignal.timeout`: its timer would outlive the call, and keep what the call held until the deadline. */
function begin({ id = newId(), number = 1, deadlineMs = DEADLINE_MS, signal }: CallOptions): Begun {
  const cut = new AbortController();
  const late = setTimeout(() => cut.abort(new DOMException("The call took too long.", "TimeoutError")), deadlineMs);
  const aborted = (): void => cut.abort(signal?.reason);
  signal?.addEventListener("abort", aborted, { once: true });
  if (signal?.aborted === true) aborted();
  return {
    context: { deliveryId: id, number, signal: cut.signal, deadline: Date.now() + deadlineMs, hops: 1 },
    over() {
      clearTimeout(late);
      signal?.removeEventListener("abort", aborted);
    },
  };
}

const ID_LENGTH = 26;
/** Fetched for many ids at once: the system is slow to be asked. */
const random = Buffer.alloc(ID_LENGTH * 256);
let used = random.length;

function newId(): string {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  let id = "";
  for (const end = used + ID_LENGTH; used < end; used += 1) id += "abcdefghijklmnopqrstuvwxyz234567"[(random[used] ?? 0) & 31];
  return id;
}

/** Strings where the schema says `secret` become {@link Secret}s, which never show themselves. */
function withSecrets(value: unknown, schema: JsonSchema): unknown {
  if (schema.secret === true) return typeof value === "string" ? new Secret(value) : value;
  if (value instanceof Secret || typeof value !== "object" || value === null) return value;
  const { items, properties = {}, additionalProperties } = schema;
  if (Array.isArray(value)) return items === undefined ? value : value.map((item) => withSecrets(item, items));
  const others = typeof additionalProperties === "object" ? additionalProperties : {};
  const entries = Object.entries(value).map(([name, item]) => [
    name,
    withSecrets(item, Object.hasOwn(properties, name) ? (properties[name] ?? {}) : others),
  ]);
  return Object.fromEntries(entries);
}
