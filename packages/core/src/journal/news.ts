import { REPORTED, type Fact, type Report } from "../connector/receipts.ts";

/** A fact with the service that it is of: only deliveries of that service are moved by it. */
export interface News extends Fact {
  readonly service: string;
}

/** What came of a piece of news: it says more than was known, it does not, or no delivery of its service has its id. */
export type Learned = "new" | "known" | "unknown";

/** A recipient to whom a service sends nothing. */
export interface Suppression {
  readonly service: string;
  /** Enough for a person to know whom: `+1•••••0123`, `a•••@example.com`. The journal knows no more, but a keyed hash. */
  readonly shown: string;
  /** Why: `SES_BOUNCE_PERMANENT`, `TWILIO_21610`, `BY_HAND`. */
  readonly code: string;
  /** Epoch milliseconds. */
  readonly since: number;
  /** The delivery from which it is known. */
  readonly deliveryId: string | undefined;
}

/** Which suppressions to show: the newest, newest last. */
export interface SuppressionFilter {
  readonly service?: string | undefined;
  /** @default 100 */
  readonly limit?: number | undefined;
}

/** Where a message would go. */
export interface Addressed {
  readonly service: string;
  /** As `addresseesOf` gives them. */
  readonly addresses: readonly string[];
}

/** Whether a report says more than another: of two that say the same, what was said first. A total order, so that reports may come in any, and again. */
export function saysMore(report: Report, than: Report): boolean {
  const further = REPORTED.indexOf(report.standing) - REPORTED.indexOf(than.standing);
  if (further !== 0) return further > 0;
  if (report.at !== than.at) return report.at < than.at;
  const [code, other] = [report.code ?? "", than.code ?? ""];
  return code === other ? (report.reason ?? "") > (than.reason ?? "") : code > other;
}
