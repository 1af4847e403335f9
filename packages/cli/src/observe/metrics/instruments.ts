import type { Observer } from "@backstitch/core/runtime";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** What one part of the metrics is made of. */
export interface MetricsPart {
  readonly observer: Observer;
  /** Reads anew what is not told of by events. */
  refresh?(): void | Promise<void>;
}

/** What a metric is called after `backstitch_`, what it is, and what its labels are. */
type Description = readonly [name: string, help: string, ...labelNames: string[]];

export function counter(registry: Registry, ...[name, help, ...labelNames]: Description): Counter {
  return new Counter({ name: `backstitch_${name}`, help, labelNames, registers: [registry] });
}

export function gauge(registry: Registry, ...[name, help, ...labelNames]: Description): Gauge {
  return new Gauge({ name: `backstitch_${name}`, help, labelNames, registers: [registry] });
}

/** @param buckets Upper bounds. Seconds. */
export function histogram(registry: Registry, buckets: number[], ...[name, help, ...labelNames]: Description): Histogram {
  return new Histogram({ name: `backstitch_${name}`, help, labelNames, buckets, registers: [registry] });
}
