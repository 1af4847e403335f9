import type { ClaimedDelivery } from "../../journal/delivery.ts";
import { argsBeforehand } from "../../rules/links.ts";
import type { Service } from "../service.ts";
import { type Cost, NOTHING, REQUESTS } from "./rate.ts";

/** What an attempt at the delivery counts as, in the units that its service limits. */
export function costOf({ action, args }: Pick<ClaimedDelivery, "action" | "args">, service: Service): Cost {
  const { rates } = service.limits;
  if (rates.length === 0) return NOTHING;
  const { cost = {}, args: schema = {} } = service.action(action) ?? {};
  const counted = argsBeforehand(args, schema);
  return new Map(rates.map(({ unit }) => [unit, unit === REQUESTS ? 1 : unitsOf(cost[unit], counted)]));
}

/** Arguments are validated only when they are attempted; what cannot be counted is one. */
function unitsOf(count: ((args: never) => number) | undefined, args: unknown): number {
  if (count === undefined) return 0;
  try {
    const units = count(args as never);
    return Number.isSafeInteger(units) && units >= 0 ? units : 1;
  } catch {
    return 1;
  }
}
