import { ConnectorError } from "@backstitch/core/connector";
import { networkFailure } from "../shared/network-failure.ts";

/** An answer that is not 2xx. */
export interface Refusal {
  readonly host: string;
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  /** Who said where the request goes: with `url`, the action. */
  readonly by: "service" | "action";
  /** Whether the configuration has credentials that a 401 can be about. */
  readonly hasCredentials: boolean;
  /** Which attempt at the delivery this is; counts from 1. */
  readonly attempt: number;
}

/** When a row is meant, beside its statuses. */
export type Circumstance = "to a url" | "where the service has credentials" | "at a later attempt";

export interface FailureRow {
  /** First and last status. */
  readonly status: readonly [from: number, to: number];
  /** @default whatever the circumstances */
  readonly when?: Circumstance;
  readonly outcome: ConnectorError["outcome"];
  readonly says: string;
}

const IN_TIME = "it did not take the request, but may when it is sent again";

/** What an answer other than 2xx means: the first row that fits. Of one host among many nothing follows for the service. */
export const failures: readonly FailureRow[] = [
  { status: [300, 399], when: "to a url", outcome: "rejected", says: "redirects are not followed; give the address that it leads to" },
  { status: [300, 399], outcome: "rejected", says: 'redirects are not followed; change the service\'s "baseUrl"' },
  { status: [401, 401], when: "where the service has credentials", outcome: "locked-out", says: "it refused the service's credentials" },
  { status: [408, 408], outcome: "unavailable", says: IN_TIME },
  // By our key it may be at work on the attempt before: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
  { status: [409, 409], when: "at a later attempt", outcome: "uncertain", says: "it may still be at work on an earlier attempt" },
  { status: [409, 409], outcome: "unavailable", says: IN_TIME },
  { status: [425, 425], outcome: "unavailable", says: IN_TIME },
  { status: [429, 429], when: "to a url", outcome: "unavailable", says: "it takes fewer requests than are sent" },
  { status: [429, 429], outcome: "throttled", says: "it takes fewer requests than are sent" },
  { status: [400, 499], outcome: "rejected", says: "it did not take the request" },
  { status: [500, 999], outcome: "uncertain", says: "the request may have been taken" },
];

/** What an answer other than 2xx means. */
export function refusalOf(refusal: Refusal): ConnectorError {
  const { host, status, retryAfterMs } = refusal;
  const { outcome, says } = failures.find((row) => fits(row, refusal)) ?? UNKNOWN;
  return new ConnectorError(outcome, `HTTP_${status}`, `${host} answered ${status}: ${says}.`, retryAfterMs);
}

const UNKNOWN = { outcome: "uncertain", says: "the request may have been taken" } as const;

function fits({ status: [from, to], when }: FailureRow, refusal: Refusal): boolean {
  return refusal.status >= from && refusal.status <= to && (when === undefined || CIRCUMSTANCES[when](refusal));
}

const CIRCUMSTANCES: Readonly<Record<Circumstance, (refusal: Refusal) => boolean>> = {
  "to a url": ({ by }) => by === "action",
  "where the service has credentials": ({ hasCredentials }) => hasCredentials,
  "at a later attempt": ({ attempt }) => attempt > 1,
};

/** What an error of the HTTP client means. */
export function clientFailure(error: unknown, host: string): ConnectorError {
  if (error instanceof ConnectorError) return error;
  if (isNeverSent(error)) return new ConnectorError("rejected", "HTTP_REQUEST_INVALID", `${host}: the request cannot be written as it is.`);
  return (
    networkFailure(error, host) ??
    new ConnectorError("uncertain", "HTTP_UNREADABLE", `${host} gave an answer that is not HTTP; the request may have been taken.`)
  );
}

/** The client looks at a request before it writes a byte. */
function isNeverSent(error: unknown): boolean {
  return error instanceof Error && (error as { readonly code?: unknown }).code === "UND_ERR_INVALID_ARG";
}
