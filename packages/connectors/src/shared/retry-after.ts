/** The longest that a far side's `Retry-After` is believed: beyond it a mistake is likelier than a wish. */
const LONGEST_MS = 3_600_000;

const SECONDS = /^\d+(?:\.\d+)?$/;
const HTTP_DATE = /^[A-Z][a-z]{2,8},? /;
const ZONE = / GMT$/;

/**
 * Milliseconds that a `Retry-After` header asks for, from 0 to an hour; undefined where there is none or it cannot be read.
 * Both forms of https://www.rfc-editor.org/rfc/rfc9110#field.retry-after are known: seconds, and a date.
 * @param header The header's value as any HTTP client gives it.
 * @param now Epoch milliseconds.
 */
export function retryAfterMs(header: unknown, now: number): number | undefined {
  const text = String(Array.isArray(header) ? header[0] : (header ?? "")).trim();
  // A date must look like one before Date.parse sees it: it takes "-5" for a year.
  const wanted = SECONDS.test(text) ? Number(text) * 1_000 : HTTP_DATE.test(text) ? dateMs(text) - now : NaN;
  return Number.isNaN(wanted) ? undefined : Math.round(Math.min(Math.max(wanted, 0), LONGEST_MS));
}

/** The oldest of the three forms, `Mon Nov 23 12:00:30 2026`, names no zone and means GMT: `Date.parse` would take this machine's. */
function dateMs(text: string): number {
  return Date.parse(ZONE.test(text) ? text : `${text} GMT`);
}
