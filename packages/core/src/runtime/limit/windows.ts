import type { Cost, Rate } from "./rate.ts";
import type { LimitUse } from "../standing.ts";
import { createWindow, type Window } from "./window.ts";

/** What was used of all limits of a service. All moments are steady milliseconds. */
export interface Windows {
  /** The limits in force: what was used under others of the same unit goes on counting. */
  follow(rates: readonly Rate[]): void;
  /** The first moment, not before `now`, at which all that the cost names fits. */
  readyAt(cost: Cost, now: number): number;
  /** About how many deliveries will fit in that time. */
  roomFor(ms: number, now: number): number;
  /** Milliseconds between two deliveries that cost as much as is usual; 0 without limits. */
  everyMs(now: number): number;
  /** The limit that keeps what costs so much the longest, and until when; undefined: none does. Without a cost: that keeps anything. */
  usedUp(cost: Cost | undefined, now: number): { readonly rate: Rate; readonly until: number } | undefined;
  /** What is used of each limit now. */
  uses(now: number): readonly LimitUse[];
  use(use: Use): void;
  giveBack(use: Use): void;
  /** Limits with so long a period that what was used of them before is to be recalled first. */
  unrecalled(): readonly Rate[];
  /** All that was used of those, by this process and those before it. */
  recall(uses: readonly Use[]): void;
}

/** What an attempt uses, and when. */
export interface Use {
  readonly cost: Cost;
  readonly at: number;
}

/** Who restarts knows nothing of what was used; of shorter periods that hardly matters. */
const RECALLED_FROM_MS = 60_000;
/** How fast the average cost of a delivery follows what is sent. */
const FOLLOW = 1 / 16;

export function createWindows(): Windows {
  let limited: readonly Rate[] = [];
  let windows: readonly Window[] = [];
  const unrecalled = new Set<Window>();
  const averages = new Map<string, number>();

  function windowOf(rate: Rate): Window {
    const ofUnit = windows.filter((window) => window.rate.unit === rate.unit);
    const same = ofUnit.find((window) => window.rate.count === rate.count && window.rate.periodMs === rate.periodMs);
    if (same !== undefined) return same;
    const fresh = createWindow(rate);
    const knowing = ofUnit.find((window) => window.rate.periodMs >= rate.periodMs) ?? ofUnit[0];
    if (rate.periodMs < RECALLED_FROM_MS || (knowing?.rate.periodMs ?? 0) >= rate.periodMs) knowing?.copyTo(fresh);
    else unrecalled.add(fresh);
    return fresh;
  }

  return {
    follow(rates) {
      if (rates === limited) return;
      limited = rates;
      windows = rates.map(windowOf);
      for (const window of unrecalled) if (!windows.includes(window)) unrecalled.delete(window);
    },
    readyAt: (cost, now) => Math.max(now, ...windows.map((window) => window.readyAt(cost.get(window.rate.unit) ?? 0, now))),
    roomFor: (ms, now) =>
      Math.min(...windows.map((window) => unitsWithin(window, ms, now) / Math.max(1, averages.get(window.rate.unit) ?? 1))),
    everyMs: () => Math.max(0, ...windows.map(({ rate }) => (rate.periodMs * (averages.get(rate.unit) ?? 1)) / rate.count)),
    usedUp(cost, now) {
      const [last] = windows
        .map(({ rate, readyAt }) => ({ rate, until: readyAt(cost === undefined ? 1 : (cost.get(rate.unit) ?? 0), now) }))
        .sort((a, b) => b.until - a.until);
      return last !== undefined && last.until > now ? last : undefined;
    },
    uses: (now) => windows.map(({ rate, freeAt }) => ({ rate, used: Math.max(0, rate.count - freeAt(now)) })),
    use({ cost, at }) {
      for (const window of windows) window.use(cost.get(window.rate.unit) ?? 0, at);
      for (const [unit, units] of cost) if (units > 0) averages.set(unit, followed(averages.get(unit), units));
    },
    giveBack({ cost, at }) {
      for (const window of windows) window.giveBack(cost.get(window.rate.unit) ?? 0, at);
    },
    unrecalled: () => [...unrecalled].map(({ rate }) => rate),
    recall(uses) {
      for (const window of unrecalled) for (const { cost, at } of uses) window.use(cost.get(window.rate.unit) ?? 0, at);
      unrecalled.clear();
    },
  };
}

/** What is free by the end of the time, and of the whole periods before it. */
function unitsWithin({ rate, freeAt }: Window, ms: number, now: number): number {
  return Math.max(0, freeAt(now + ms)) + rate.count * Math.max(0, Math.floor((ms - rate.periodMs) / rate.periodMs));
}

function followed(average: number | undefined, units: number): number {
  return average === undefined ? units : average + (units - average) * FOLLOW;
}
