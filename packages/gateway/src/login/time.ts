export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

/** For a parameter that is cast to `timestamptz`. */
export function instant(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
