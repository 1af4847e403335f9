import type { Failure, Outcome } from "../connector/outcome.ts";
import type { ClaimedDelivery } from "../journal/delivery.ts";
import { LINKS } from "../rules/links.ts";
import type { Row } from "../values/value.ts";
import { nameOf } from "./connected.ts";
import type { Service, ServiceAction, Services } from "./service.ts";

/** What guards and schemas look at. */
export type Refusable = Pick<ClaimedDelivery, "service" | "action" | "args"> & {
  /** Who asks for it, where no rule does: a guard must let users. @default a rule asks */
  readonly user?: Row | undefined;
};

/** What is asked for, and of whom. */
export interface Asked {
  readonly delivery: Refusable;
  readonly service: Service;
  readonly action: ServiceAction;
}

export function askedOf(delivery: Refusable, services: Services): Asked | Failure<"rejected"> {
  const service = services.get(delivery.service);
  if (service === undefined) return rejected("SERVICE_UNKNOWN", `There is no service "${delivery.service}".`);
  const action = service.action(delivery.action);
  if (action === undefined) return rejected("ACTION_UNKNOWN", `Service "${service.name}" has no action "${delivery.action}".`);
  return { delivery, service, action };
}

/** Why it is not attempted with these arguments; undefined: it may be. A check that fails permits nothing. */
export function refusal(args: Row, asked: Asked): Outcome | undefined {
  try {
    // What an action takes is told to no user who may not do it.
    return asked.delivery.user === undefined
      ? (invalid(args, asked) ?? denied(args, asked))
      : (denied(args, asked) ?? invalid(args, asked));
  } catch (error) {
    const { service, delivery } = asked;
    return rejected("GUARD_DENIED", `Whether ${service.name}.${delivery.action} may be done could not be told: ${nameOf(error)}.`);
  }
}

function invalid(args: Row, { delivery, service, action }: Asked): Outcome | undefined {
  const [fault] = action.faults(args);
  return fault && rejected("ARGUMENTS_INVALID", `Arguments of ${service.name}.${delivery.action}: ${fault.message}`);
}

/** A service without guards permits rules everything, and users nothing. */
function denied(args: Row, { delivery: { action, user }, service: { name, guard } }: Asked): Outcome | undefined {
  if (user !== undefined && guard === undefined)
    return rejected("GUARD_DENIED", `Service "${name}" has no guard that lets users do anything.`);
  // They would be made by other services, whose guards were not asked whether users may have them.
  if (user !== undefined && Object.hasOwn(args, LINKS)) return rejected("GUARD_DENIED", "Links are made for rules alone.");
  const verdict = guard?.permits(action, args, user);
  return verdict !== undefined && "deniedBecause" in verdict ? rejected("GUARD_DENIED", verdict.deniedBecause) : undefined;
}

function rejected(code: string, reason: string): Failure<"rejected"> {
  return { kind: "rejected", code, reason };
}
