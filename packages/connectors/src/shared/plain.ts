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
   * 26 characters of a to z and 2 to 7, as `deliveryId` of `@backstitch/core/rules` makes them of any text. @default a new one for each call
   */
  readonly id?: string;
  /** Which try of the same thing this is, from 1. @default 1 */
  readonly number?: number;
  /** Milliseconds, above 0; then the call is cut short, and may have been done. `Infinity`: never. @default 30_000 */
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
      const fault = faultIn(options) ?? argumentFault(faults, args);
      if (fault !== undefined) throw new ConnectorError("rejected", "ARGUMENTS_INVALID", fault);
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

const ID = /^[a-z2-7]{26}$/;

/** Before anything is sent: an id is written into headers, tags and addresses. */
function faultIn({ id, number = 1, deadlineMs = DEADLINE_MS }: CallOptions): string | undefined {
  if (id !== undefined && !ID.test(id)) return `"id" is ${JSON.stringify(id)}; it must be 26 characters of a to z and 2 to 7.`;
  if (!Number.isSafeInteger(number) || number < 1) return `"number" is ${number}; it must be a whole number from 1.`;
  return deadlineMs > 0 ? undefined : `"deadlineMs" is ${deadlineMs}; it must be above 0.`;
}

/** No schema was asked: what plain JavaScript gives may be of any type. */
function argumentFault(faults: Asked["faults"], args: never): string | undefined {
  try {
    return faults?.(args)[0]?.message;
  } catch {
    return "The arguments are not of the types that the action takes.";
  }
}

/** The longest that a timer can be set to. */
const LONGEST_MS = 2_147_483_647;

interface Begun {
  readonly context: AttemptContext;
  over(): void;
}

/** Not `AbortSignal.timeout`: its timer would outlive the call, and keep what the call held until the deadline. */
function begin({ id = newId(), number = 1, deadlineMs: wanted = DEADLINE_MS, signal }: CallOptions): Begun {
  const deadlineMs = Math.min(wanted, LONGEST_MS);
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
