import { ConnectorError } from "../connector/connector-error.ts";
import type { AttemptContext, Found, Past } from "../connector/connector.ts";
import type { ClaimedDelivery } from "../journal/delivery.ts";
import type { Failure, Outcome, Receipt } from "../connector/outcome.ts";
import { MOST_HOPS } from "../source/event.ts";
import type { Service, ServiceAction, Services } from "./service.ts";
import { linksIn, withLinks } from "../rules/links.ts";
import { connected, nameOf } from "./connected.ts";
import { LINK_FAILED, makeLinks, withoutThem } from "./make-links.ts";
import { askedOf, refusal, type Refusable } from "./refusal.ts";
import { SUPPRESSED } from "./suppressing.ts";
import { attemptInSpan, type Traceable } from "./tracing.ts";
import { encodeValue, type Row } from "../values/value.ts";
import { whenAborted } from "./when-aborted.ts";

/** What an attempt needs to know of a delivery; a claimed delivery and a Lambda's both are such. */
export type Attemptable = Pick<ClaimedDelivery, "id" | "service" | "action" | "args" | "attempts" | "uncertain" | "ifUncertain" | "hops"> &
  Traceable &
  Pick<Refusable, "user">;

/** Time and shutdown come in by the door. */
export interface AttemptOptions {
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
  /** Aborts the attempt early: it is then uncertain. */
  readonly signal?: AbortSignal;
  /** Ends sooner than the service's own deadline: a Lambda has only so long. Milliseconds. */
  readonly deadlineMs?: number;
  /** What is known of earlier attempts. @default nothing */
  readonly past?: Past;
  /** Makes the call in a request that others share. @default the action's own `run` */
  readonly run?: ((client: unknown, args: unknown, attempt: AttemptContext) => Promise<Receipt>) | undefined;
}

/** The code of an attempt that was not made, since nobody can tell whether an earlier one was done and its rule says `hold`. */
export const CANNOT_TELL = "CANNOT_TELL";

/** The code of an attempt that was not made, since it is too early to tell whether an earlier one was done. */
export const TOO_EARLY = "TOO_EARLY";

/** The code of an attempt that was not made, since the far side could not be asked whether an earlier one was done. */
export const LOOK_UP_FAILED = "LOOK_UP_FAILED";

/** Codes of attempts that ended before anything was sent. */
const NOT_SENT: ReadonlySet<string> = new Set([CANNOT_TELL, TOO_EARLY, LOOK_UP_FAILED]);

/** Whether an uncertain attempt may itself have been done, and not only those before it. */
export function wasSent({ code, mayBeDone }: Failure): boolean {
  return mayBeDone !== false && !NOT_SENT.has(code);
}

/** The code of an attempt that its deadline ended. */
export const DEADLINE = "DEADLINE";

/** Codes of what is decided here, without asking the far side. */
export const REFUSED_HERE: ReadonlySet<string> = new Set([
  "SERVICE_UNKNOWN",
  "ACTION_UNKNOWN",
  "ARGUMENTS_INVALID",
  "GUARD_DENIED",
  LINK_FAILED,
  SUPPRESSED,
]);

/**
 * Makes one attempt at a delivery: guard, deadline, connector, classification. Never throws: whatever happens is an outcome.
 * Where an earlier attempt is uncertain and the action can find out, it finds out first.
 */
export function attempt(delivery: Attemptable, services: Services, options: AttemptOptions = {}): Promise<Outcome> {
  return attemptInSpan(delivery, (traceparent) => attempted(delivery, services, { ...options, traceparent }));
}

interface Attempted extends AttemptOptions {
  readonly traceparent: string | undefined;
}

async function attempted(delivery: Attemptable, services: Services, options: Attempted): Promise<Outcome> {
  const asked = askedOf(delivery, services);
  if ("kind" in asked) return asked;
  const { service, action } = asked;
  const links = delivery.user === undefined ? linksIn(delivery.args) : undefined;
  const refused = links === undefined ? refusal(delivery.args, asked) : undefined;
  return refused ?? (await withinDeadline(delivery, { service, action, services, links, ...options }));
}

interface Within extends Attempted, Pick<Attempting, "service" | "action" | "services" | "links"> {}

async function withinDeadline(delivery: Attemptable, options: Within): Promise<Outcome> {
  const { service, action, services, links } = options;
  const deadlineMs = Math.min(service.deadlineMs, options.deadlineMs ?? Infinity);
  const cut = new AbortController();
  const context: AttemptContext = {
    deliveryId: delivery.id,
    number: delivery.attempts + 1,
    signal: cut.signal,
    deadline: (options.now ?? Date.now)() + deadlineMs,
    hops: Math.min((delivery.hops ?? 0) + 1, MOST_HOPS),
    traceparent: options.traceparent,
  };
  const attempting: Attempting = {
    delivery,
    service,
    action,
    services,
    links,
    made: new Map(),
    context,
    past: options.past,
    run: options.run ?? action.run,
    mayBeDone: delivery.uncertain,
    isSent: false,
  };
  const ended = Promise.withResolvers<Outcome>();
  const end = (code: string, why: string): void => {
    const reason = `${service.name}.${delivery.action} ${why}`;
    ended.resolve(attempting.isSent ? uncertain(code, reason) : notSent(attempting, { code, reason }));
    cut.abort();
  };
  const aborted = (): void => end("ABORTED", "was cut short by shutdown.");
  const timeout = setTimeout(() => end(DEADLINE, `gave no answer within ${deadlineMs / 1000} s.`), deadlineMs);
  const ignore = options.signal && whenAborted(options.signal, aborted);
  try {
    if (options.signal?.aborted === true) aborted();
    return withoutThem(await Promise.race([ended.promise, perform(attempting)]), attempting.made.values());
  } finally {
    clearTimeout(timeout);
    ignore?.();
  }
}

interface Attempting {
  readonly delivery: Attemptable;
  readonly service: Service;
  readonly action: ServiceAction;
  /** What its links are made by. */
  readonly services: Services;
  /** By their marks in its arguments; undefined: it has none. */
  readonly links: ReturnType<typeof linksIn>;
  /** The same as they were made. */
  made: ReadonlyMap<string, string>;
  readonly context: AttemptContext;
  readonly past: Past | undefined;
  readonly run: ServiceAction["run"];
  /** Whether an earlier attempt may have been done. */
  mayBeDone: boolean;
  /** Whether this attempt reached the connector. */
  isSent: boolean;
}

/** An earlier attempt may have been done all the same. */
function notSent({ mayBeDone }: Attempting, told: Pick<Failure, "code" | "reason">): Outcome {
  return mayBeDone ? { kind: "uncertain", ...told, mayBeDone: false } : { kind: "unavailable", ...told };
}

/** Once the attempt was cut short, nothing more is sent: its lane may have moved on. */
async function perform(attempting: Attempting): Promise<Outcome> {
  const { delivery, service, context } = attempting;
  try {
    const client = await connected(service);
    const args = await linked(attempting);
    const refused = attempting.links === undefined ? undefined : refusal(args, attempting);
    if (refused !== undefined) return refused;
    const found = await lookUp(client, args, attempting);
    const ending = found === undefined ? undefined : endingBy(found, attempting);
    if (ending !== undefined) return ending;
    if (found !== undefined) attempting.mayBeDone = found !== "not-done";
    if (context.signal.aborted) throw new ConnectorError("unavailable", "ABORTED", `${service.name}.${delivery.action} was cut short.`);
    attempting.isSent = true;
    const receipt = storable(await attempting.run(client, args, context));
    return { kind: "accepted", receipt: found === "not-done" ? { ...receipt, reconciled: false } : receipt };
  } catch (error) {
    return error instanceof ConnectorError ? error.toFailure() : unclassified(service, delivery.action, error);
  }
}

/** The arguments with their links. Only then is it known what guards are asked of. */
async function linked(attempting: Attempting): Promise<Row> {
  const { delivery, action, services, links, context } = attempting;
  if (links === undefined) return delivery.args;
  const made = await makeLinks(links, services, context);
  attempting.made = made;
  return withLinks(delivery.args, action.args, (mark) => made.get(mark) ?? "");
}

/** What became of an earlier attempt; undefined where there was none, or the action cannot find out. */
async function lookUp(client: unknown, args: Row, attempting: Attempting): Promise<Found | undefined> {
  const { delivery, service, action, context, past, made } = attempting;
  if (!delivery.uncertain || action.reconcile === undefined || context.signal.aborted) return undefined;
  try {
    return await action.reconcile(client, args, { ...context, past, links: [...made.values()] });
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.outcome !== "uncertain") throw error;
    const reason = `${service.name} could not be asked whether an earlier attempt was done: ${error.message}`;
    throw new ConnectorError("uncertain", LOOK_UP_FAILED, reason, error.retryAfterMs);
  }
}

/** What the delivery ends with, or waits for, by what was found; undefined: it is done now. `reconciled` in a receipt: an earlier attempt is accounted for. */
function endingBy(found: Found, { delivery, service }: Attempting): Outcome | undefined {
  if (found === "done") return { kind: "accepted", receipt: { reconciled: true } };
  if (found === "not-done") return undefined;
  if (found === "cannot-tell") {
    const reason = `${service.name} cannot tell whether an earlier attempt was done.`;
    return delivery.ifUncertain === "hold" ? uncertain(CANNOT_TELL, reason) : undefined;
  }
  if ("done" in found) return { kind: "accepted", receipt: { ...storable(found.done), reconciled: true } };
  const reason = `${service.name} cannot tell yet whether an earlier attempt was done, and is asked again.`;
  return { ...uncertain(TOO_EARLY, reason), retryAfterMs: found.askAgainInMs };
}

/** What cannot be written down would keep every outcome that is stored with it from being kept. */
function storable(receipt: Receipt): Receipt {
  try {
    encodeValue(receipt as Row);
    return typeof receipt === "object" ? (receipt ?? {}) : {};
  } catch {
    return {};
  }
}

/** The error's own message is not kept: it may hold credentials, addresses or bodies. */
function unclassified(service: Service, action: string, error: unknown): Outcome {
  return uncertain(
    "UNCLASSIFIED",
    `${service.name}.${action} failed in a way its connector does not know (${nameOf(error)}). This is a bug in the connector.`,
  );
}

function uncertain(code: string, reason: string): Failure<"uncertain"> {
  return { kind: "uncertain", code, reason };
}
