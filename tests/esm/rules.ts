import { deliveryKey, laneId, type FailedMatch, type NewDelivery, type RuleSet } from "@backstitch/core/rules";
import type { PlannedRecord } from "./plan.ts";

/** What a row holds: the record itself says what is asked for. */
export function specOf(after: { readonly [name: string]: unknown } | null | undefined): PlannedRecord {
  return JSON.parse(after?.["spec"] as string) as PlannedRecord;
}

export function keyOf({ index }: PlannedRecord, ask: number): string {
  return deliveryKey(`e${index}`, "rule", `t${ask}`);
}

/** One rule, whose `then` has as many entries as each record says. */
export const rules: RuleSet = {
  hash: "esm",
  entry: () => undefined,
  match(events) {
    const deliveries: NewDelivery[] = [];
    const failures: FailedMatch[] = [];
    for (const event of events) {
      const spec = specOf(event.after);
      const about = { eventId: event.id, rule: "rule", service: "far" };
      if (spec.kind === "failed") {
        const why = { code: "TEMPLATE_FAILED", reason: "No such field." };
        failures.push({ ...about, key: keyOf(spec, 0), then: "t0", action: "send", ...why });
        continue;
      }
      for (const [index, { action, hold, isRefused }] of spec.asks.entries()) {
        const then = `t${index}`;
        deliveries.push({
          ...about,
          then,
          action,
          key: keyOf(spec, index),
          args: { record: spec.index, then, isRefused },
          lane: laneId("rule", then, "rows", spec.key),
          ifUncertain: hold ? "hold" : "retry",
          retry: undefined,
          expiresAt: undefined,
        });
      }
    }
    return { deliveries, failures, undecided: [] };
  },
};
