import type { Action, AnyConnector } from "../connector/connector.ts";
import type { RetryPolicy } from "../rules/new-delivery.ts";
import { type Limits, NO_LIMITS } from "./limit/rate.ts";
import { defaultRetry } from "./retry.ts";
import type { Guard } from "../rules/rule-set.ts";
import type { Link } from "../connector/link.ts";
import type { Fact, InboundRequest, ReceiptContext } from "../connector/receipts.ts";
import type { SchemaFault, Validate } from "../connector/schema.ts";

/** A service as a project configures it: one account of one vendor. */
export interface ServiceDefinition {
  /** The service file's name without `.json`. */
  readonly name: string;
  readonly connector: AnyConnector;
  /** Valid by the connector's schema, secrets resolved. */
  readonly config: unknown;
  /** Absent: every action is permitted. */
  readonly guard?: Guard | undefined;
  /** Longest an attempt may take. @default 30_000 */
  readonly deadlineMs?: number | undefined;
  /** Attempts at the same time. @default 16 */
  readonly concurrency?: number | undefined;
  /** How much it may be sent, over all rules. @default as much as it takes */
  readonly limits?: Limits | undefined;
  /** @default defaultRetry */
  readonly retry?: RetryPolicy | undefined;
}

/** A named, configured connector, ready for attempts. */
export interface Service {
  readonly name: string;
  readonly guard: Guard | undefined;
  readonly deadlineMs: number;
  readonly concurrency: number;
  readonly limits: Limits;
  readonly retry: RetryPolicy;
  action(name: string): ServiceAction | undefined;
  /** Absent: its connector makes none. */
  readonly link?: ServiceLink | undefined;
  /** Absent: its vendor tells nothing of its own accord. */
  readonly receipts?: ServiceReceipts | undefined;
  /** Connected at the first call, once. */
  client(): Promise<unknown>;
  close(): Promise<void>;
}

export interface ServiceAction extends Action<unknown, unknown> {
  /** What is wrong with the arguments: by the action's schema or, where that takes them, by the action itself. */
  faults(args: unknown): readonly SchemaFault[];
}

export interface ServiceLink extends Link<unknown, never> {
  /** What is wrong with what it is made of: by its schema or, where that takes it, by the connector itself. */
  faults(args: unknown): readonly SchemaFault[];
}

/** A connector's receipts under the configuration of one service. */
export interface ServiceReceipts {
  readonly suppressedBy: ReadonlySet<string>;
  /** @throws ReceiptRefused */
  read(request: InboundRequest, context: ReceiptContext): Promise<readonly Fact[]>;
  /** Undefined: it is not of this service. */
  readEvent(event: unknown): readonly Fact[] | undefined;
}

export type Services = ReadonlyMap<string, Service>;

/** Makes a service of its definition. Nothing is connected until the first attempt. */
export function openService(definition: ServiceDefinition, validate: Validate): Service {
  const { name, connector, guard } = definition;
  const actions = new Map<string, ServiceAction>();
  for (const [actionName, action] of Object.entries(connector.actions)) {
    actions.set(actionName, serviceAction(action as Action<unknown, object>, validate));
  }
  let connected: Promise<unknown> | undefined;
  return {
    name,
    guard,
    deadlineMs: definition.deadlineMs ?? 30_000,
    concurrency: definition.concurrency ?? 16,
    limits: definition.limits ?? NO_LIMITS,
    retry: definition.retry ?? defaultRetry,
    action: (actionName) => actions.get(actionName),
    link: connector.link && { ...connector.link, faults: faultsOf(connector.link, validate) },
    receipts: receiptsOf(definition),
    client() {
      connected ??= Promise.resolve(connector.connect(definition.config)).catch((error: unknown) => {
        connected = undefined;
        throw error;
      });
      return connected;
    },
    async close() {
      if (connected !== undefined) await connector.close?.(await connected);
      connected = undefined;
    },
  };
}

function serviceAction(action: Action<unknown, object>, validate: Validate): ServiceAction {
  return { ...(action as Action<unknown, unknown>), faults: faultsOf(action, validate) };
}

function faultsOf({ args: schema, faults: own }: Pick<Action<unknown, object>, "args" | "faults">, validate: Validate) {
  const bySchema = validate(schema);
  return (args: unknown): readonly SchemaFault[] => {
    const faults = bySchema(args);
    return faults.length > 0 ? faults : (own?.(args as object) ?? []);
  };
}

function receiptsOf({ connector: { receipts }, config }: ServiceDefinition): ServiceReceipts | undefined {
  if (receipts === undefined) return undefined;
  return {
    suppressedBy: new Set(receipts.suppressedBy),
    read: (request, context) => receipts.read(request, config, context),
    readEvent: (event) => receipts.readEvent?.(event, config),
  };
}
