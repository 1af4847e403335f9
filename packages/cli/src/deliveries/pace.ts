/** So many in so long a time. */
export interface Rate {
  readonly count: number;
  readonly perMs: number;
}

const PER: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** `10/s`, `600/m`, `5000/h`; undefined where the text is none of these. */
export function parseRate(text: string): Rate | undefined {
  const [, count = "0", unit = ""] = /^(\d{1,6})\/([smh])$/.exec(text) ?? [];
  const perMs = PER[unit];
  return perMs === undefined || Number(count) === 0 ? undefined : { count: Number(count), perMs };
}

/** Steps of at least so long: each is one write to the journal, and syncs its disk. */
const SHORTEST_STEP_MS = 100;
const MOST_AT_ONCE = 500;

/** A few at a time, so that on the whole the rate is kept. Without one: as many as one write takes. */
export function stepOf(rate: Rate | undefined): { readonly size: number; readonly everyMs: number } {
  if (rate === undefined) return { size: MOST_AT_ONCE, everyMs: 0 };
  const everyMs = Math.max(rate.perMs / rate.count, SHORTEST_STEP_MS);
  const size = Math.min(MOST_AT_ONCE, Math.max(1, Math.floor((rate.count * everyMs) / rate.perMs)));
  return { size, everyMs: (size * rate.perMs) / rate.count };
}
