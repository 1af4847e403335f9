import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Journal } from "@backstitch/core/journal";
import { isByLimit, type Observer } from "@backstitch/core/runtime";

export interface Metrics {
  readonly observer: Observer;
  /** The Prometheus text format. */
  text(): Promise<string>;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Labels are names that ops teams wrote (source, rule, service, outcome): never values of rows. */
export function createMetrics(journal: Journal): Metrics {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  const observer: Observer = { ...matching(registers), ...delivering(registers) };
  const readJournal = journalGauges(journal, registers);
  return {
    observer,
    async text() {
      await readJournal();
      return registry.metrics();
    },
  };
}

function counter(registers: Registry[], name: string, help: string, labelNames: string[]): Counter {
  return new Counter({ name: `backstitch_${name}`, help, labelNames, registers });
}

function matching(registers: Registry[]): Pick<Observer, "recorded"> {
  const events = counter(registers, "events_total", "Change events recorded.", ["source"]);
  const matches = counter(registers, "matches_total", "Deliveries that rules asked for.", ["source", "rule"]);
  const failures = counter(registers, "match_failures_total", "Conditions and templates that failed.", ["source", "rule", "code"]);
  const why = "Rules that could not be decided because the source did not send what they read.";
  const undecided = counter(registers, "undecided_total", why, ["source", "rule"]);
  return {
    recorded({ source, events: seen }, matched) {
      events.inc({ source }, seen.length);
      for (const { rule } of matched.deliveries) matches.inc({ source, rule });
      for (const { rule, code } of matched.failures) failures.inc({ source, rule, code });
      for (const { rule } of matched.undecided) undecided.inc({ source, rule });
    },
  };
}

function delivering(registers: Registry[]): Pick<Observer, "settled" | "serviceRests" | "serviceResumed"> {
  const expired = counter(registers, "expired_total", "Deliveries that expired before they could be made.", ["service", "rule"]);
  const keptBack = "Deliveries that their rule's limits kept back, by what became of them.";
  const limited = counter(registers, "limited_total", keptBack, ["service", "rule", "state"]);
  const attempts = counter(registers, "attempts_total", "Attempts, by outcome.", ["service", "outcome"]);
  const took = new Histogram({
    name: "backstitch_attempt_seconds",
    help: "From claim to durable outcome.",
    labelNames: ["service"],
    buckets: SECONDS,
    registers,
  });
  const resting = new Gauge({
    name: "backstitch_service_rests",
    help: "1 while a service takes nothing from us.",
    labelNames: ["service"],
    registers,
  });
  return {
    settled({ service, rule }, outcome, { state }, tookMs) {
      if (isByLimit(outcome)) return limited.inc({ service, rule, state });
      if (state === "expired") return expired.inc({ service, rule });
      attempts.inc({ service, outcome: outcome.kind });
      took.observe({ service }, tookMs / 1000);
    },
    serviceRests: (service) => resting.set({ service }, 1),
    serviceResumed: (service) => resting.set({ service }, 0),
  };
}

/** Makes what is read from the journal, and survives a restart. Returns what reads it anew. */
function journalGauges(journal: Journal, registers: Registry[]): () => Promise<void> {
  const gauge = (name: string, help: string, labelNames: string[] = []): Gauge =>
    new Gauge({ name: `backstitch_${name}`, help, labelNames, registers });
  const bytes = gauge("journal_bytes", "Bytes the journal holds.");
  const blocked = gauge("lanes_blocked", "Lanes in which a delivery waits for an earlier one.");
  const oldest = gauge("lanes_blocked_oldest_seconds", "Since the oldest delivery that waits so was recorded; 0 where none does.");
  const paused = gauge("paused", "1 while a person has paused it.", ["of", "name"]);
  const deliveries = gauge("deliveries", "Deliveries in the journal, by state.", ["state"]);
  return async () => {
    const [counts, pauses] = [await journal.counts(), await journal.paused()];
    paused.reset();
    for (const { of, name } of pauses) paused.set({ of, name }, 1);
    const { blockedSince } = counts.lanes;
    bytes.set(counts.bytes);
    blocked.set(counts.lanes.blocked);
    oldest.set(blockedSince === undefined ? 0 : Math.max(0, Date.now() - blockedSince) / 1000);
    for (const [state, count] of Object.entries(counts.deliveries)) deliveries.set({ state }, count);
  };
}
