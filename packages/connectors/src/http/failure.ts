import { ConnectorError } from "@backstitch/core/connector";
import { networkFailure } from "../shared/network-failure.ts";

/** An answer that is not 2xx. */
export interface Refusal {
  readonly host: string;
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  /** Whether the configuration has credentials that a 401 can be about. */
  readonly hasCredentials: boolean;
  /** Which attempt at the delivery this is; counts from 1. */
  readonly attempt: number;
}

type Reading = readonly [outcome: ConnectorError["outcome"], sentence: string];

/** What an answer other than 2xx means. */
export function refusalOf(refusal: Refusal): ConnectorError {
  const [outcome, sentence] = reading(refusal);
  return new ConnectorError(
    outcome,
    `HTTP_${refusal.status}`,
    `${refusal.host} answered ${refusal.status}: ${sentence}.`,
    refusal.retryAfterMs,
  );
}

function reading({ status, hasCredentials, attempt }: Refusal): Reading {
  if (status >= 500) return ["uncertain", "the request may have been taken"];
  if (status === 429) return ["throttled", "it takes fewer requests than are sent"];
  if (status === 401 && hasCredentials) return ["locked-out", "it refused the service's credentials"];
  // By our key it may be at work on the attempt before: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
  if (status === 409 && attempt > 1) return ["uncertain", "it may still be at work on an earlier attempt"];
  if (status === 408 || status === 409 || status === 425)
    return ["unavailable", "it did not take the request, but may when it is sent again"];
  if (status >= 300 && status < 400) return ["rejected", 'redirects are not followed; change the service\'s "baseUrl"'];
  return ["rejected", "it did not take the request"];
}

/** What an error of the HTTP client means. */
export function clientFailure(error: unknown, host: string): ConnectorError {
  return (
    networkFailure(error, host) ??
    new ConnectorError("uncertain", "HTTP_UNREADABLE", `${host} gave an answer that is not HTTP; the request may have been taken.`)
  );
}
