import type { Registry } from "prom-client";
import { counter, type MetricsPart } from "./instruments.ts";

/** What rules made of events. */
export function ruleMetrics(registry: Registry): MetricsPart {
  const matches = counter(registry, "matches_total", "Deliveries that rules asked for.", "source", "rule");
  const failures = counter(registry, "match_failures_total", "Conditions and templates that failed.", "source", "rule", "code");
  const why = "Rules that could not be decided because the source did not send what they read.";
  const undecided = counter(registry, "undecided_total", why, "source", "rule");
  return {
    observer: {
      recorded({ source }, matched) {
        for (const { rule } of matched.deliveries) matches.inc({ source, rule });
        for (const { rule, code } of matched.failures) failures.inc({ source, rule, code });
        for (const { rule } of matched.undecided) undecided.inc({ source, rule });
      },
    },
  };
}
