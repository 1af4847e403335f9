import type { Gauge, Registry } from "prom-client";
import type { Failure } from "@backstitch/core/connector";
import type { ServiceStanding } from "@backstitch/core/runtime";
import { gauge, type MetricsPart } from "./instruments.ts";

/** How services stand: what they were told, and what is asked at each look. */
export function serviceMetrics(registry: Registry): MetricsPart {
  const rests = gauge(registry, "service_rests", "1 while a service takes nothing from us, by why.", "service", "reason");
  const standing = standingGauges(registry);
  let standings: () => readonly ServiceStanding[] = () => [];
  const wake = (service: string): void => REASONS.forEach((reason) => rests.set({ service, reason }, 0));
  return {
    observer: {
      working: (read) => void (standings = read),
      serviceRests(service, failure) {
        wake(service);
        rests.set({ service, reason: reasonOf(failure) }, 1);
      },
      serviceResumed: wake,
    },
    refresh() {
      for (const one of Object.values(standing)) one.reset();
      for (const one of standings()) tell(standing, one);
    },
  };
}

const REASONS = ["throttled", "unavailable", "locked-out", "limit"] as const;
const BREAKER = ["closed", "open", "half-open"] as const;

/** A limit of ours that is used up is no word of the far side. */
function reasonOf({ kind, code }: Failure): string {
  return code === "LIMIT_REACHED" ? "limit" : kind;
}

type StandingGauges = { readonly [name in "underWay" | "breaker" | "pace" | "limit" | "used"]: Gauge };

function standingGauges(registry: Registry): StandingGauges {
  const found = "Requests a second that a service was found to take since it throttled us; absent where nothing is known.";
  return {
    underWay: gauge(registry, "attempts_under_way", "Attempts under way.", "service"),
    breaker: gauge(registry, "breaker_state", "1 for the state that a service's breaker is in, 0 for the others.", "service", "state"),
    pace: gauge(registry, "service_pace_requests_per_second", found, "service"),
    limit: gauge(registry, "limit_units", "Units that a limit of a service lets through in its period.", "service", "unit", "period"),
    used: gauge(registry, "limit_used_units", "Units of a limit that are used now.", "service", "unit", "period"),
  };
}

function tell(gauges: StandingGauges, { service, underWay, breaker, pace, limits }: ServiceStanding): void {
  gauges.underWay.set({ service }, underWay);
  for (const state of BREAKER) gauges.breaker.set({ service, state }, state === breaker ? 1 : 0);
  if (pace !== undefined) gauges.pace.set({ service }, pace);
  for (const { rate, used } of limits) {
    const labels = { service, unit: rate.unit, period: `${rate.periodMs / 1_000}s` };
    gauges.limit.set(labels, rate.count);
    gauges.used.set(labels, used);
  }
}
