const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `500ms`, `10s`, `5m`, `24h`, `7d` in milliseconds; undefined where the text is none of these. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit = ""] = /^(\d{1,6})(ms|s|m|h|d)$/.exec(text) ?? [];
  const factor = UNITS[unit];
  return amount === undefined || factor === undefined ? undefined : Number(amount) * factor;
}

/** The shortest way to write it: `15m`, not `900s`. */
export function durationText(ms: number): string {
  const [unit, factor] = Object.entries(UNITS).findLast(([, one]) => ms % one === 0) ?? ["ms", 1];
  return `${ms / factor}${unit}`;
}
