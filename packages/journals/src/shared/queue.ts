import type { CountedQuota } from "@backstitch/core/journal";

/** Most queues that one look takes, and most deliveries that it lets out: what else the process does waits for it. */
export const LOOK_QUEUES = 20;
export const LOOK_ROWS = 500;
/** How soon a queue is looked at again that let some out, where they may not use their room; and where there was room for more than one look lets out. */
export const AGAIN_MS = 1_000;
export const MORE_MS = 50;

/** How often one delivery of each limit is let out, room or not, to be judged by the limits in force; and of how many limits at once. */
const PROBE_EVERY_MS = 60_000;
export const PROBE_LIMITS = 100;

/** As `most` of a queue: it is a quota's that nobody asks about any more, and holds nothing back. */
export const NOBODY_ASKS = 2_147_483_647;

/** Characters of a hash with which the names of all queues of a limit begin. Those after it are what `admitted` knows the quota by. */
export const LIMIT_CHARS = 16;

/** Names a quota's queue. @param hashOf In hexadecimal */
export function queueOf({ of, limit = of }: CountedQuota, hashOf: (text: string) => string): string {
  return hashOf(limit).slice(0, LIMIT_CHARS) + hashOf(of);
}

/** What the names of all queues of a limit begin with. */
export function limitOf(queue: string): string {
  return queue.slice(0, LIMIT_CHARS);
}

/** The hash of what the quota counts. */
export function countedOf(queue: string): string {
  return queue.slice(LIMIT_CHARS);
}

/** When a queue is looked at next that let out as many as the look had left for it, or as there was room for. */
export function nextLookAt(now: number, { room, most }: { readonly room: number; readonly most: number }): number {
  return now + (room > most ? MORE_MS : AGAIN_MS);
}

/** What is asked about now: the limit that kept it back before, and those of the quotas that are asked for; undefined: none is, for now. */
export interface Judged {
  readonly before: string | undefined;
  readonly now: readonly string[] | undefined;
}

/** The limits that kept back what other limits judge now, each once. */
export function givenUp(judged: readonly Judged[]): readonly string[] {
  return [
    ...new Set(judged.flatMap(({ before, now }) => (before === undefined || now === undefined || now.includes(before) ? [] : [before]))),
  ];
}

/** Whose turn it is to let one out, whatever the room. */
export interface Probes {
  /** Behind which limit the next are looked for; undefined: nothing is due. */
  due(now: number): string | undefined;
  /** The limits that let one out, in their order. */
  done(limits: readonly string[], now: number): void;
}

export function createProbes(): Probes {
  let doneAt = -Infinity;
  let after = "";
  return {
    // The clock may have been set back.
    due: (now) => (Math.abs(now - doneAt) >= PROBE_EVERY_MS ? after : undefined),
    done(limits, now) {
      const isMore = limits.length >= PROBE_LIMITS;
      after = isMore ? (limits.at(-1) ?? "") : "";
      if (!isMore) doneAt = now;
    },
  };
}
