import type { Registry } from "prom-client";
import { counter, type MetricsPart } from "./instruments.ts";

/** What vendors tell of their own accord. */
export function receiptMetrics(registry: Registry): MetricsPart {
  const help = "What vendors told of deliveries, by what became of them, and whether it was new, known, or of no delivery here.";
  const receipts = counter(registry, "receipts_total", help, "service", "standing", "learned");
  return {
    observer: { learned: ({ service, standing = "none" }, learned) => receipts.inc({ service, standing, learned }) },
  };
}
