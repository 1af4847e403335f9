import type { Receipt } from "./outcome.ts";
import type { FromSchema, JsonSchema } from "./schema.ts";

/**
 * What doing an action twice does.
 * - `by-key`: the far side knows our delivery id and does it once.
 * - `by-nature`: the second time changes nothing (the same object is stored again).
 * - `repeats`: it happens again; the journal then holds a durable `start` before each request.
 */
export type Repeat = "by-key" | "by-nature" | "repeats";

/** What a connector is told of the attempt it makes. */
export interface AttemptContext {
  /** 26 base32 characters, the same over all attempts: fits tags, headers and URLs. */
  readonly deliveryId: string;
  /** Counts from 1. */
  readonly number: number;
  /** Aborts at the deadline and at shutdown. */
  readonly signal: AbortSignal;
  /** Epoch milliseconds after which the attempt is uncertain. */
  readonly deadline: number;
  /** W3C `traceparent` of the attempt's span, for far sides that go on with a trace; absent: it is not recorded. https://www.w3.org/TR/trace-context/ */
  readonly traceparent?: string | undefined;
}

/** One call that a service can make. */
export interface Action<Client, Args> {
  readonly summary: string;
  /** Schema of the arguments; `recipient` and `lands` mark what rules must treat with care. */
  readonly args: JsonSchema;
  readonly repeat: Repeat;
  /** Does it once. @throws ConnectorError; anything else thrown is a bug and counts as `uncertain`. */
  run(client: Client, args: Args, attempt: AttemptContext): Promise<Receipt>;
  /** Finds out, without doing it, whether an earlier uncertain attempt at the same delivery was done. */
  reconcile?(client: Client, args: Args, attempt: AttemptContext): Promise<"done" | "not-done" | "cannot-tell">;
  /**
   * What one call counts as in the vendor's own units, by unit: what a service's `limits` may name beside `requests`, of which every attempt is one.
   * Asked of arguments that may not be valid.
   */
  readonly cost?: { readonly [unit: string]: (args: Args) => number };
}

/** Code that knows one vendor. A plain value made by a function: no base class, no registration on import. */
export interface Connector<Config = never, Client = unknown> {
  /** The name that a service file gives in `connector`. */
  readonly type: string;
  readonly summary: string;
  /** Schema of the configuration; `secret: true` marks what only `{"$secret": …}` may give. */
  readonly config: JsonSchema;
  /** Makes the client. Loads the vendor's SDK, so it may be slow the first time; makes no request. */
  connect(config: Config): Promise<Client> | Client;
  close?(client: Client): Promise<void> | void;
  readonly actions: { readonly [name: string]: Action<Client, never> };
}

/** Types an action's arguments from its schema. */
export function action<Client, const S extends JsonSchema>(
  definition: Omit<Action<Client, FromSchema<S>>, "args"> & { readonly args: S },
): Action<Client, FromSchema<S>> {
  return definition;
}

/** A connector as the runtime holds it: its types were checked where it was written. */
// oxlint-disable-next-line typescript/no-explicit-any -- a table of connectors of different types has no better common type
export type AnyConnector = Connector<any, any>;
