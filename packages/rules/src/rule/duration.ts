const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `500ms`, `10s`, `5m`, `24h`, `7d` in milliseconds; undefined where the text is none of these. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit = ""] = /^(\d{1,6})(ms|s|m|h|d)$/.exec(text) ?? [];
  const factor = UNITS[unit];
  return amount === undefined || factor === undefined ? undefined : Number(amount) * factor;
}

/** What to write where a text is no duration. */
export function durationRemedy(text: string): string {
  return meantBy(text, parseDuration) ?? 'Write a time such as "500ms", "30s", "5m", "24h" or "7d".';
}

/** `Did you mean "24h"?`, where only capital letters keep a text from being read. */
export function meantBy(text: string, parse: (text: string) => unknown): string | undefined {
  const meant = text.trim().toLowerCase();
  return parse(meant) === undefined ? undefined : `Did you mean ${JSON.stringify(meant)}?`;
}

/** `10 per 1s`: how many in how long; undefined where the text is no such rate. */
export function parseRate(text: string): { readonly count: number; readonly periodMs: number } | undefined {
  const [, amount, duration = ""] = /^(\d{1,9}) per (\S{1,20})$/.exec(text) ?? [];
  const rate = { count: Number(amount), periodMs: parseDuration(duration) ?? 0 };
  return rate.count > 0 && rate.periodMs > 0 ? rate : undefined;
}

/** The shortest way to write it: `15m`, not `900s`. */
export function durationText(ms: number): string {
  const [unit, factor] = Object.entries(UNITS).findLast(([, one]) => ms % one === 0) ?? ["ms", 1];
  return `${ms / factor}${unit}`;
}
