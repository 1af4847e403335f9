import type { OutcomeKind } from "@backstitch/core/connector";
import type { Pause } from "@backstitch/core/journal";
import type { Lag, Observer } from "@backstitch/core/runtime";
import { pauseSentence } from "../pauses.ts";

/** Whether this process does its work, and if not, why: one sentence for each reason. */
export interface Health {
  readonly observer: Observer;
  /** Empty when ready. */
  reasons(): readonly string[];
  /** What people have paused: they know, so that it is no reason not to be ready. */
  pauses(): readonly string[];
}

/** A service that throttles us is well. */
const UNWELL: { readonly [kind in OutcomeKind]?: string } = { "locked-out": "has locked us out", unavailable: "cannot be reached" };

/**
 * Not ready while a source is not being read or is further behind than `maxLagMs`, a service has locked us out or cannot be reached, or the journal is full.
 */
export function createHealth(sources: readonly string[], { maxLagMs }: { readonly maxLagMs: number }): Health {
  const unwell = new Map<string, string>(sources.map((name) => [`source ${name}`, `Source "${name}" is not being read yet.`]));
  let pauses: readonly Pause[] = [];
  return {
    observer: {
      paused: (now) => void (pauses = now),
      sourceState(source, state, reason) {
        if (state === "reading" || state === "standing-by" || state === "ended") unwell.delete(`source ${source}`);
        else unwell.set(`source ${source}`, `Source "${source}" is ${state}: ${reason ?? "no reason given"}`);
      },
      sourceLag(source, lag) {
        if (lag === undefined || lag.seconds * 1_000 <= maxLagMs) unwell.delete(`lag ${source}`);
        else unwell.set(`lag ${source}`, behind(source, lag));
      },
      serviceRests(service, failure) {
        const how = UNWELL[failure.kind];
        // It rests for another reason now: what it rested for before is over.
        if (how === undefined) unwell.delete(`service ${service}`);
        else unwell.set(`service ${service}`, `Service "${service}" ${how}: ${failure.reason}`);
      },
      serviceResumed: (service) => void unwell.delete(`service ${service}`),
      journalFull(reason) {
        if (reason === undefined) unwell.delete("journal");
        else unwell.set("journal", `The journal is full: ${reason}`);
      },
    },
    reasons: () => [...unwell.values()],
    pauses: () => pauses.map(pauseSentence),
  };
}

function behind(source: string, { seconds, bytes }: Lag): string {
  return `Source "${source}" is ${Math.round(seconds)} s behind: ${bytes} bytes are not recorded yet.`;
}
