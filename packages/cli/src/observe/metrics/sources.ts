import type { Registry } from "prom-client";
import { counter, gauge, type MetricsPart } from "./instruments.ts";

/** How far each source was read. */
export function sourceMetrics(registry: Registry, sources: readonly string[]): MetricsPart {
  const events = counter(registry, "events_total", "Change events recorded.", "source");
  const reading = gauge(
    registry,
    "source_reading",
    "1 while this process reads the source; 0: another does, or none can. Absent once it has ended.",
    "source",
  );
  const bytes = gauge(registry, "source_lag_bytes", "Bytes that the source has beyond what is recorded.", "source");
  const since = "How long ago what is to be read next came to be; 0 where nothing is left to read.";
  const seconds = gauge(registry, "source_lag_seconds", since, "source");
  const kept = gauge(registry, "source_kept_bytes", "Bytes that the source's server keeps until they are read.", "source");
  const warning = gauge(registry, "source_lag_warning", "1 while the source's server keeps more than lagWarning allows.", "source");
  for (const source of sources) {
    events.inc({ source }, 0);
    reading.set({ source }, 0);
  }
  return {
    observer: {
      recorded: ({ source, events: seen }) => events.inc({ source }, seen.length),
      sourceState(source, state) {
        // Nobody is to read it any more.
        if (state === "ended") reading.remove({ source });
        else reading.set({ source }, state === "reading" ? 1 : 0);
      },
      sourceLag(source, lag) {
        if (lag === undefined) for (const one of [bytes, seconds]) one.remove({ source });
        else {
          bytes.set({ source }, lag.bytes);
          seconds.set({ source }, lag.seconds);
        }
        if (lag?.kept === undefined) for (const one of [kept, warning]) one.remove({ source });
        else {
          kept.set({ source }, lag.kept);
          warning.set({ source }, lag.warning === undefined ? 0 : 1);
        }
      },
    },
  };
}
