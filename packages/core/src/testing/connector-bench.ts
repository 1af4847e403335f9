import { ConnectorError } from "../connector/connector-error.ts";
import type { Action, AnyConnector, AttemptContext, Past } from "../connector/connector.ts";
import type { Outcome } from "../connector/outcome.ts";
import { deliveryId } from "../rules/delivery-key.ts";
import { attempt, type AttemptOptions } from "../runtime/attempt.ts";
import { openService } from "../runtime/service.ts";
import type { Row } from "../values/value.ts";
import type { ConnectorSuite } from "./connector-suite.ts";

/** One delivery as the suite makes it. */
export interface Trial {
  readonly id: string;
  readonly args: Row;
}

/** A connector under test as a service of its own. */
export interface Bench extends AsyncDisposable {
  /** A delivery that was never made before. */
  trial(): Trial;
  attempt(trial: Trial, options?: AttemptOptions & { readonly uncertain?: boolean }): Promise<Outcome>;
  /** Connects without attempting anything. */
  connect(): Promise<unknown>;
  close(): Promise<void>;
  /** Resolves when each call that the connector was given has ended. */
  ended(): Promise<void>;
  /** What the connector threw, as it was thrown. */
  thrown(): readonly unknown[];
}

/** What a bench is made of. */
export interface BenchParts {
  readonly connector: AnyConnector;
  readonly suite: ConnectorSuite;
  readonly action: string;
  readonly url: string;
}

const SERVICE = "tested";
let trials = 0;

/** Opens the connector as a service that talks to `url`. */
export function openBench({ connector, suite, action, url }: BenchParts): Bench {
  const calls: Promise<unknown>[] = [];
  const thrown: unknown[] = [];
  const observed = observe(connector, (call) => calls.push(call.catch((error: unknown) => thrown.push(error))));
  const service = openService({ name: SERVICE, connector: observed, config: suite.config(url) }, suite.validate);
  const services = new Map([[SERVICE, service]]);
  const given = suite.actions[action]?.args ?? {};
  return {
    trial() {
      trials += 1;
      return {
        id: deliveryId(`describeConnector/${connector.type}/${action}/${trials}`),
        args: typeof given === "function" ? given(trials) : given,
      };
    },
    attempt: ({ id, args }, { uncertain = false, ...options } = {}) =>
      attempt({ id, service: SERVICE, action, args, attempts: uncertain ? 1 : 0, uncertain, ifUncertain: "retry" }, services, {
        past: lonely(id),
        ...options,
      }),
    connect: () => service.client(),
    close: () => service.close(),
    async ended() {
      await Promise.all(calls);
    },
    thrown: () => thrown,
    [Symbol.asyncDispose]: () => service.close(),
  };
}

/** The past of a delivery that is like no other: one attempt at it is uncertain, and what it did has had the time to show itself. */
function lonely(deliveryId: string): Past {
  const own = { deliveryId, recordedAt: Date.now(), receipts: [], doubts: 1, underWay: false, askedAgain: true };
  return { own: async () => own, others: async () => [] };
}

/** The same connector, with every call it is given watched. */
function observe(connector: AnyConnector, watch: (call: Promise<unknown>) => void): AnyConnector {
  const watched = (found: Action<unknown, unknown>): Action<unknown, unknown> => ({
    ...found,
    run(client: unknown, args: unknown, context: AttemptContext) {
      const call = found.run(client, args, context);
      watch(call);
      return call;
    },
  });
  const actions = Object.entries(connector.actions).map(([name, found]) => [name, watched(found as Action<unknown, unknown>)]);
  return { ...connector, actions: Object.fromEntries(actions) as AnyConnector["actions"] };
}

/** Whether what was thrown says what it means. */
export function isClassified(error: unknown): boolean {
  return error instanceof ConnectorError;
}
