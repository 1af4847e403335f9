import type { Rate } from "./rate.ts";

/**
 * What was used of a rate, and when it may be used again. It slides: however it is cut, no stretch of the period's length holds more than the rate allows,
 * which a bucket that refills cannot promise: full at first, it lets twice as much through in the first period.
 */
export interface Window {
  readonly rate: Rate;
  /** The first moment, not before `now`, at which so many units more fit; more than the rate has fit where nothing is used. */
  readyAt(units: number, now: number): number;
  /** Units that will be free at that moment, with what was used until now. */
  freeAt(time: number): number;
  /** What exceeds the rate is used in the periods that follow. */
  use(units: number, at: number): void;
  /** Takes back what was used at that moment. */
  giveBack(units: number, at: number): void;
  /** Everything that is used, oldest first, in another window. */
  copyTo(other: Window): void;
}

/** Moments are kept as one of so many parts of the period: a window of 50,000 a day remembers two hundred numbers. */
const SLOTS = 200;
/** The far side may see two requests closer together than we sent them: a hundredth of the period is kept free for that, of a long one no more than a second. */
const GUARD_PART = 1 / 100;
const MOST_GUARD_MS = 1_000;

interface Slot {
  readonly number: number;
  used: number;
}

export function createWindow(rate: Rate): Window {
  const { count, periodMs } = rate;
  const widthMs = periodMs / SLOTS;
  const guardMs = Math.min(MOST_GUARD_MS, periodMs * GUARD_PART);
  /** By number: only the first may be over, and only the last may be yet to come. */
  const slots: Slot[] = [];
  let used = 0;

  /** When everything of a slot is free again. */
  const overAt = ({ number }: Slot): number => (number + 1) * widthMs + periodMs + guardMs;

  function forget(now: number): void {
    while (slots[0] !== undefined && overAt(slots[0]) <= now) used -= slots.shift()?.used ?? 0;
  }

  function add(units: number, at: number): void {
    const number = Math.floor(at / widthMs);
    let place = slots.length;
    while (place > 0 && (slots[place - 1] as Slot).number > number) place -= 1;
    const before = slots[place - 1];
    const slot = before?.number === number ? before : { number, used: 0 };
    if (slot !== before) slots.splice(place, 0, slot);
    const added = Math.max(-slot.used, units);
    slot.used += added;
    used += added;
  }

  /** By periods, as much as the rate has in each. */
  function spread(units: number, at: number, sign: 1 | -1): void {
    for (let left = units, time = at; left > 0; left -= count, time += periodMs) add(sign * Math.min(left, count), time);
  }

  return {
    rate,
    readyAt(units, now) {
      forget(now);
      let over = used + Math.min(units, count) - count;
      if (over <= 0) return now;
      for (const slot of slots) {
        over -= slot.used;
        if (over <= 0) return overAt(slot);
      }
      return now;
    },
    freeAt: (time) => count - slots.reduce((sum, slot) => (overAt(slot) > time ? sum + slot.used : sum), 0),
    use: (units, at) => spread(units, at, 1),
    giveBack: (units, at) => spread(units, at, -1),
    copyTo(other) {
      for (const slot of slots) if (slot.used > 0) other.use(slot.used, slot.number * widthMs);
    },
  };
}
