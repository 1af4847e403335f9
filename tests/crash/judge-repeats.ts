import type { Kind } from "./kinds.ts";
import type { Sending, Tally } from "./judge.ts";

/** Whether a thing was sent more often than may be. `uncertain`: of its attempts so many may have happened, says the journal. */
export function judgeRepeats(
  name: string,
  sendings: readonly Sending[],
  { repeats, uncertain }: { readonly repeats: Kind["repeats"]; readonly uncertain: number },
  tally: Tally,
): void {
  const lives = new Set(sendings.map(({ life }) => life)).size;
  const allowed = { none: 1, uncertain: 1 + uncertain, life: uncertain + lives }[repeats];
  const blind = Math.max(0, sendings.length - allowed);
  tally.repeats += blind;
  tally.toldRepeats += Math.max(0, Math.min(sendings.length, allowed) - 1);
  if (blind > 0)
    tally.broken.push(
      `${name} was sent ${sendings.length} times, by ${lives} processes, and ${uncertain} of its attempts are told to be uncertain.`,
    );
}
