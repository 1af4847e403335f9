import type { Registry } from "prom-client";
import { isLapse } from "@backstitch/core/journal";
import { isByLimit } from "@backstitch/core/runtime";
import { counter, histogram, type MetricsPart } from "./instruments.ts";

const ATTEMPT_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const ACCEPTANCE_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 28_800, 86_400];

/** What became of deliveries. */
export function deliveryMetrics(registry: Registry): MetricsPart {
  const ended = counter(
    registry,
    "deliveries_ended_total",
    "Deliveries that ended or are held by what this process did, by state.",
    "service",
    "rule",
    "state",
  );
  const keptBack = "Deliveries that their rule's limits kept back, by what became of them.";
  const limited = counter(registry, "limited_total", keptBack, "service", "rule", "state");
  const attempts = counter(registry, "attempts_total", "Attempts, by outcome.", "service", "outcome");
  const took = histogram(registry, ATTEMPT_SECONDS, "attempt_seconds", "Of an attempt, from its begin to its durable outcome.", "service");
  const sinceCommit = "From the commit of an event to the durable acceptance of a delivery.";
  const acceptance = histogram(registry, ACCEPTANCE_SECONDS, "commit_to_acceptance_seconds", sinceCommit, "service");
  return {
    observer: {
      settled({ service, rule, committedAt = 0 }, outcome, { state }, tookMs) {
        if (isByLimit(outcome)) limited.inc({ service, rule, state });
        if (state !== "pending" && state !== "waiting" && state !== "uncertain") ended.inc({ service, rule, state });
        if (tookMs !== undefined || isLapse(outcome)) attempts.inc({ service, outcome: outcome.kind });
        if (tookMs === undefined) return;
        took.observe({ service }, tookMs / 1_000);
        // A source that does not know when it was says 1970.
        if (state === "accepted" && committedAt > 0) acceptance.observe({ service }, Math.max(0, Date.now() - committedAt) / 1_000);
      },
    },
  };
}
