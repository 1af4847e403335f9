import { deliveryKey, type EntryInForce, type NewDelivery, type RuleSet } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import type { Asks } from "./source.ts";

/** Every row says itself what is to be done because of it. */
export const askedByRow: RuleSet = ruleSet("rows");

/** @param inForce The limits of its only entry, whatever rows say; undefined: there is no such entry, so that it is as they say. */
export function ruleSet(hash: string, rule = "rule", inForce?: EntryInForce): RuleSet {
  return {
    hash,
    entry: (name, then) => (name === rule && then === "then" ? inForce : undefined),
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
