import { deliveryKey, type NewDelivery, type RuleSet } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import type { Asks } from "./source.ts";

/** Every row says itself what is to be done because of it. */
export const askedByRow: RuleSet = ruleSet("rows");

export function ruleSet(hash: string, rule = "rule"): RuleSet {
  return {
    hash,
    match: (events) => ({ deliveries: events.map((event) => deliveryOf(event, rule)), failures: [], undecided: [] }),
  };
}

function deliveryOf(event: ChangeEvent, rule: string): NewDelivery {
  const {
    lane,
    place,
    service = "box",
    action = "put",
    ifUncertain = "retry",
    retry,
    limits,
    to,
    expiresMs,
    units,
    tenant,
  } = event.after as unknown as Asks & { readonly place: number };
  return {
    key: deliveryKey(event.id, rule, "then"),
    eventId: event.id,
    rule,
    then: "then",
    service,
    action,
    args: {
      lane: service === "box" ? lane : `${service}/${lane}`,
      place,
      ...(to === undefined ? {} : { to }),
      ...(units === undefined ? {} : { units }),
      ...(tenant === undefined ? {} : { tenant }),
    },
    lane: `${rule}/${service}/${lane}`,
    ifUncertain,
    retry,
    limits,
    expiresAt: expiresMs === undefined ? undefined : Date.parse(event.committedAt) + expiresMs,
  };
}
