import { isSuspect, type Held } from "./desk.ts";

/** What may end the process is under way alone, over all desks and until its outcome is durable: another's, lost with it, would count against that one. */
export interface Quiet {
  /** Whether the next delivery of a desk may begin; if so, it is under way. */
  lets(name: string, next: Held | undefined): boolean;
  ended(): boolean;
}

export function createQuiet(): Quiet {
  let underWay = 0;
  let alone = false;
  /** The desk whose next delivery waits until nothing is under way: meanwhile nothing else begins, or it might wait for ever. */
  let waiting: string | undefined;
  return {
    lets(name, next) {
      if (alone || (waiting ?? name) !== name) return false;
      const suspect = next !== undefined && isSuspect(next.delivery);
      waiting = suspect && underWay > 0 ? name : undefined;
      if (next === undefined || waiting !== undefined) return false;
      alone = suspect;
      underWay += 1;
      return true;
    },
    ended() {
      underWay -= 1;
      const waited = alone || (waiting !== undefined && underWay === 0);
      alone = false;
      return waited;
    },
  };
}
