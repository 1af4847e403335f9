import type { AnyConnector, Outcome } from "@backstitch/core/connector";
import { deliveryId } from "@backstitch/core/rules";
import { attempt, openService, type AttemptOptions } from "@backstitch/core/runtime";
import type { Row } from "@backstitch/core/values";
import { validate } from "./validate.ts";

/** A connector as a service called "tested". */
export interface OpenedService extends AsyncDisposable {
  /** One attempt at a delivery of its own, or at the one with the given id. */
  attempt(
    action: string,
    args: Row,
    options?: AttemptOptions & { readonly id?: string; readonly attempts?: number; readonly hops?: number | undefined },
  ): Promise<Outcome>;
}

let deliveries = 0;

/** Opens a connector as the runtime does. */
export function open(connector: AnyConnector, config: unknown): OpenedService {
  const service = openService({ name: "tested", connector, config, deadlineMs: 10_000 }, validate);
  const services = new Map([["tested", service]]);
  return {
    attempt(action, args, { id, attempts = 0, hops, ...options } = {}) {
      deliveries += 1;
      const given = id ?? deliveryId(`${process.pid}/${deliveries}`);
      const delivery = { id: given, service: "tested", action, args, attempts, uncertain: false, ifUncertain: "retry", hops } as const;
      return attempt(delivery, services, options);
    },
    [Symbol.asyncDispose]: () => service.close(),
  };
}
