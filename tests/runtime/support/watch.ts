import type { Observer } from "@backstitch/core/runtime";

/** What the engine told the outside, as lines. */
export interface Told {
  readonly observer: Observer;
  readonly lines: readonly string[];
}

export function watch(): Told {
  const lines: string[] = [];
  return {
    lines,
    observer: {
      settled: ({ lane }, outcome, next) => void lines.push(`${lane} ${outcome.kind} ${next.state}`),
      serviceRests: (service, { kind }) => void lines.push(`${service} rests: ${kind}`),
      serviceResumed: (service) => void lines.push(`${service} resumed`),
      sourceState: (source, state) => void lines.push(`${source} ${state}`),
      journalFull: (reason) => void lines.push(reason === undefined ? "journal has room" : "journal full"),
    },
  };
}
