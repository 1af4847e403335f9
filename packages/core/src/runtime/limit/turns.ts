import type { ClaimedDelivery } from "../../journal/delivery.ts";

/**
 * Fair turns: the keys of what waits go one after the other, however much waits for each. Whoever has had a turn comes after all who have not,
 * and a key that comes new is not behind those that were there before it.
 */
export interface Turns {
  /** Of what waits, oldest first, the one whose turn it is. */
  next<Waiting extends { readonly turn: string }>(waiting: readonly Waiting[]): Waiting | undefined;
  /** That key had its turn. */
  took(key: string): void;
  /** When one that its key holds beyond its share is due again, if one each so many milliseconds is. */
  putOff(key: string, everyMs: number, now: number): number;
}

/** What deliveries of one service take turns by; the same for all where there is no path, or nothing at it. */
export function turnOf(delivery: ClaimedDelivery, per: readonly string[] | undefined): string {
  if (per === undefined) return "";
  const { rule, then, action, lane, args, turn = "" } = delivery;
  const own = { rule, then, action, lane, args };
  const [root = ""] = per;
  if (!Object.hasOwn(own, root)) return turn;
  let here: unknown = own;
  for (const name of per) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, name)) return "";
    here = (here as Readonly<Record<string, unknown>>)[name];
  }
  return typeof here === "object"
    ? JSON.stringify(here, (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value))
    : `${here as string | number | boolean | bigint | undefined}`;
}

/** So many keys are remembered before those of the past are looked for. */
const MANY = 1_000;

export function createTurns(): Turns {
  /** By key, the round after its last turn; those of earlier rounds are forgotten. */
  const rounds = new Map<string, number>();
  /** By key, when the last that was put off is due again. */
  const due = new Map<string, number>();
  let round = 0;

  const roundOf = (key: string): number => Math.max(round, rounds.get(key) ?? 0);

  return {
    next(waiting) {
      let first: (typeof waiting)[number] | undefined;
      for (const one of waiting) if (first === undefined || roundOf(one.turn) < roundOf(first.turn)) first = one;
      return first;
    },
    took(key) {
      const before = round;
      round = roundOf(key);
      rounds.set(key, round + 1);
      if (round > before) for (const [other, at] of rounds) if (at <= round) rounds.delete(other);
    },
    putOff(key, everyMs, now) {
      if (due.size > MANY) for (const [other, at] of due) if (at <= now) due.delete(other);
      const at = Math.max(now, due.get(key) ?? now) + everyMs;
      due.set(key, at);
      return at;
    },
  };
}
