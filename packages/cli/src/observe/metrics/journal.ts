import type { Registry } from "prom-client";
import type { Journal } from "@backstitch/core/journal";
import { gauge, type MetricsPart } from "./instruments.ts";

/** What the journal holds: it survives a restart, and workers that share the journal say the same. */
export function journalMetrics(registry: Registry, opened: () => Journal | undefined): MetricsPart {
  const deliveries = gauge(registry, "deliveries", "Deliveries in the journal, by state.", "state");
  const blocked = gauge(registry, "lanes_blocked", "Lanes in which a delivery waits for an earlier one.");
  const age = "Since the oldest delivery that waits so was recorded; 0 where none does.";
  const oldest = gauge(registry, "lanes_blocked_oldest_seconds", age);
  const paused = gauge(registry, "paused", "1 while a person has paused it.", "of", "name");
  const bytes = gauge(registry, "journal_bytes", "Bytes that the journal holds.");
  const full = gauge(registry, "journal_full", "1 while the journal has no room, and reading is paused.");
  return {
    observer: { journalFull: (reason) => full.set(reason === undefined ? 0 : 1) },
    async refresh() {
      const journal = opened();
      if (journal === undefined) return;
      const [counts, pauses] = [await journal.counts(), await journal.paused()];
      paused.reset();
      for (const { of, name } of pauses) paused.set({ of, name }, 1);
      const { blockedSince } = counts.lanes;
      bytes.set(counts.bytes);
      blocked.set(counts.lanes.blocked);
      oldest.set(blockedSince === undefined ? 0 : Math.max(0, (await journal.now()) - blockedSince) / 1_000);
      for (const [state, count] of Object.entries(counts.deliveries)) deliveries.set({ state }, count);
    },
  };
}
