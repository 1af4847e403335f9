import type { Batching } from "./batching.ts";
import type { Link } from "./link.ts";
import type { Receipt } from "./outcome.ts";
import type { Receipts } from "./receipts.ts";
import type { FromSchema, JsonSchema, SchemaFault } from "./schema.ts";

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
  /**
   * Through how many deliveries what this one does comes to be, itself included: from 1 to 1,000. Far sides are told it wherever they are told
   * the delivery's id, so that a row which they write because of it can say so.
   */
  readonly hops: number;
  /** W3C `traceparent` of the attempt's span, for far sides that go on with a trace; absent: it is not recorded. https://www.w3.org/TR/trace-context/ */
  readonly traceparent?: string | undefined;
}

/** What a connector is told beside, to find out whether an earlier attempt was done. */
export interface LookUpContext extends AttemptContext {
  /** Undefined: nobody knows, as in a Lambda function, which has no journal. */
  readonly past: Past | undefined;
  /** Links as they stand in these arguments: in each attempt before they were others, signed at another time. */
  readonly links?: readonly string[];
}

/** What the journal knows of earlier attempts. */
export interface Past {
  /** Of this delivery. */
  own(): Promise<PastAttempts>;
  /** Of the other deliveries with the same {@link Action.alike}. To be asked for after the far side: then whatever it showed is known here. */
  others(): Promise<readonly PastAttempts[]>;
}

/** What became of the attempts at one delivery so far. */
export interface PastAttempts {
  readonly deliveryId: string;
  /** When it was recorded: nothing of it was sent before. Epoch milliseconds. */
  readonly recordedAt: number;
  /** Ids of the receipts that it has: what the far side has under these is its. */
  readonly receipts: readonly string[];
  /** How many of its attempts, at the most, may have been done without a receipt. */
  readonly doubts: number;
  /** Another attempt at it is under way: one doubt more, until it ends. */
  readonly underWay: boolean;
  /** Nothing was sent since it was answered `askAgainInMs`, and so long has passed. */
  readonly askedAgain: boolean;
}

/**
 * What was found of an earlier attempt: that it was done, with what the far side gave in return where that is known; that it was not; that nobody can
 * tell; or that it is too early to tell. Milliseconds after which it is asked again, which does not count as an attempt.
 */
export type Found = "done" | { readonly done: Receipt } | "not-done" | "cannot-tell" | { readonly askAgainInMs: number };

/** One call that a service can make. */
export interface Action<Client, Args> {
  readonly summary: string;
  /** Schema of the arguments; `recipient` and `lands` mark what rules must treat with care. */
  readonly args: JsonSchema;
  readonly repeat: Repeat;
  /**
   * What is wrong with arguments that their schema takes, as far as it shows without asking the far side: an attempt is rejected for the first, and a check of
   * rules tells all of what is written in them. What only an event decides is left out then, so that any argument may be missing and none is missed.
   * Quotes no value that names a person.
   */
  faults?(args: Partial<Args>): readonly SchemaFault[];
  /** Does it once. @throws ConnectorError; anything else thrown is a bug and counts as `uncertain`. */
  run(client: Client, args: Args, attempt: AttemptContext): Promise<Receipt>;
  /** How several are done in one request: they wait for each other, and each has its own outcome. Absent: each has its own request. */
  readonly batch?: Batching<Client, Args>;
  /** Finds out, without doing it, whether an earlier uncertain attempt at the same delivery was done. */
  reconcile?(client: Client, args: Args, attempt: LookUpContext): Promise<Found>;
  /**
   * What a look-up cannot tell one delivery from another by: deliveries for which this is the same text are each other's `others` in {@link Past}.
   * It may name a recipient: only a keyed hash of it is stored. Absent: a look-up knows its own.
   */
  alike?(args: Args): string;
  /**
   * What one call counts as in the vendor's own units, by unit: what a service's `limits` may name beside `requests`, of which every attempt is one.
   * Asked of arguments that may not be valid. More of an argument costs no less, for that of a text or list of which only a part is known.
   */
  readonly cost?: { readonly [unit: string]: (args: Args) => number };
}

/** Code that knows one vendor. A plain value made by a function: no base class, no registration on import. */
export interface Connector<
  Config = never,
  Client = unknown,
  Actions extends { readonly [name: string]: Action<Client, never> } = { readonly [name: string]: Action<Client, never> },
> {
  /** The name that a service file gives in `connector`. */
  readonly type: string;
  readonly summary: string;
  /** Schema of the configuration; `secret: true` marks what only `{"$secret": …}` may give. */
  readonly config: JsonSchema;
  /** Makes the client. Loads the vendor's SDK, so it may be slow the first time; makes no request. */
  connect(config: Config): Promise<Client> | Client;
  close?(client: Client): Promise<void> | void;
  readonly actions: Actions;
  /** Absent: it makes no links. */
  readonly link?: Link<Client, never>;
  /** Absent: the vendor tells nothing of its own accord. */
  readonly receipts?: Receipts<Config>;
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
