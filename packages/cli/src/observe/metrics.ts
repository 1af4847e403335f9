import { Registry } from "prom-client";
import type { Journal } from "@backstitch/core/journal";
import { observers, type Observer } from "@backstitch/core/runtime";
import { deliveryMetrics } from "./metrics/deliveries.ts";
import type { MetricsPart } from "./metrics/instruments.ts";
import { journalMetrics } from "./metrics/journal.ts";
import { receiptMetrics } from "./metrics/receipts.ts";
import { ruleMetrics } from "./metrics/rules.ts";
import { serviceMetrics } from "./metrics/services.ts";
import { sourceMetrics } from "./metrics/sources.ts";

export interface Metrics {
  readonly observer: Observer;
  /** The Prometheus text format. */
  text(): Promise<string>;
}

/**
 * Labels are names that ops teams wrote (source, rule, service) or words of ours (outcome, state): never values of rows.
 * @param journal Undefined until it is open.
 */
export function createMetrics(sources: readonly string[], journal: () => Journal | undefined): Metrics {
  const registry = new Registry();
  const parts: readonly MetricsPart[] = [
    sourceMetrics(registry, sources),
    ruleMetrics(registry),
    deliveryMetrics(registry),
    receiptMetrics(registry),
    serviceMetrics(registry),
    journalMetrics(registry, journal),
  ];
  return {
    observer: observers(...parts.map(({ observer }) => observer)),
    async text() {
      for (const { refresh } of parts) await refresh?.();
      return registry.metrics();
    },
  };
}
