import type { ClaimedDelivery } from "../journal/delivery.ts";
import { JournalFull, type ClaimRequest, type Journal } from "../journal/journal.ts";
import { createAlarm } from "./alarm.ts";
import { createCrew } from "./crew.ts";
import { createDesks } from "./desks.ts";
import type { Observer } from "./observer.ts";
import { whenThereIsRoom } from "./patience.ts";
import { createPerform } from "./perform.ts";
import type { Services } from "./service.ts";

/** Attempts deliveries in lanes: claims, starts, attempts and settles them until it is told to stop. */
export interface Worker {
  /** How much it would take now: what `record` may claim for it. */
  request(): ClaimRequest;
  /** Takes what was claimed by that request. `more`: the journal holds deliveries that are due and were not claimed. */
  offer(claimed: readonly ClaimedDelivery[], request: ClaimRequest, more: boolean): void;
  /** Works until the signal aborts, then finishes what is under way and gives back the rest. @throws where the journal fails. */
  run(signal: AbortSignal): Promise<void>;
}

export interface WorkerOptions {
  readonly journal: Journal;
  readonly services: () => Services;
  readonly observer: Observer;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
  /** From 0 to 1. @default Math.random */
  readonly random?: () => number;
  /** How long attempts under way may go on after the signal. Milliseconds. @default 20_000 */
  readonly drainMs?: number;
  /** How often the journal is asked for what has become due. Milliseconds. @default 200 */
  readonly pollMs?: number;
}

export function createWorker(options: WorkerOptions): Worker {
  const { journal, services, observer, now = Date.now, random = Math.random, drainMs = 20_000, pollMs = 200 } = options;
  const alarm = createAlarm();
  const abandon = new AbortController();
  const desks = createDesks(services, now);
  const perform = createPerform({ journal, services, observer, now, random, abandon: abandon.signal });
  const crew = createCrew(desks, perform, () => alarm.ring());

  async function claimDue(signal: AbortSignal): Promise<void> {
    const request = desks.request(true);
    if (request.room.size === 0) return;
    const claimed = await whenThereIsRoom(() => journal.claim(request), observer, signal);
    desks.noteBacklog(claimed, request);
    crew.accept(claimed, request);
  }

  async function drain(): Promise<void> {
    const timer = setTimeout(() => abandon.abort(), drainMs);
    await giveBack(desks.close(), journal);
    await crew.idle();
    clearTimeout(timer);
  }

  async function work(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => alarm.ring(), { once: true });
    while (!signal.aborted) {
      await claimDue(signal).catch(unlessFull);
      crew.resume();
      await alarm.sleep(pollMs);
    }
    await drain();
  }

  return {
    request: () => desks.request(false),
    offer(claimed, request, more) {
      crew.accept(claimed, request);
      if (!more) return;
      desks.allBacklogged();
      alarm.ring();
    },
    run: (signal) => Promise.race([work(signal), crew.broken]),
  };
}

/** What was claimed and not begun is pending again at once, unspent. Where the disk is full, the next owner finds it so. */
async function giveBack(held: readonly ClaimedDelivery[], journal: Journal): Promise<void> {
  const back = held.map(({ claim, attempts }) => ({ claim, attempts, next: { state: "pending" } as const }));
  if (back.length > 0) await journal.settle(back).catch(unlessFull);
}

/** A full journal was told of already, and passes. */
function unlessFull(error: unknown): void {
  if (!(error instanceof JournalFull)) throw error;
}
