import { ConnectorError } from "@backstitch/core/connector";
import { networkFailure } from "../shared/network-failure.ts";
import { retryAfterMs } from "../shared/retry-after.ts";
import type { Answer } from "./client.ts";
import { codes, statuses, type CodeMeaning } from "./codes.ts";

/** What is known of a request that failed. */
interface Failed {
  /** What Twilio answered; undefined: nothing arrived. */
  readonly answer: Answer | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Of the delivery. @default none, as where messages are listed */
  readonly args?: object;
}

/**
 * What a failed attempt means. Nothing of the SDK's error is kept but codes: its network errors hold the credentials and the message,
 * its texts hold numbers.
 */
export function failureOf(error: unknown, { answer, now, args = {} }: Failed): ConnectorError {
  if (answer !== undefined) return answered(answer, args, retryAfterMs(answer.retryAfter, now));
  return networkFailure(error, "Twilio") ?? new ConnectorError("uncertain", "TWILIO_SDK", "Twilio's SDK failed before it had an answer.");
}

/** A message may have been made, but nothing says which. */
export function malformed(): ConnectorError {
  return new ConnectorError("uncertain", "TWILIO_MALFORMED", "Twilio's answer could not be read; the message may have been taken.");
}

function answered({ status, code }: Answer, args: object, retryAfter: number | undefined): ConnectorError {
  if (status >= 200 && status < 300) return malformed();
  const name = code === undefined ? `TWILIO_HTTP_${status}` : `TWILIO_${code}`;
  const known = status < 500 && code !== undefined ? codes[code] : undefined;
  const { outcome, sentence, retryAfterMs: usual, argument } = known ?? byStatus(status);
  const isOwn = argument !== undefined && Object.hasOwn(args, argument);
  const more = code === undefined ? "" : ` See https://www.twilio.com/docs/errors/${code}`;
  return new ConnectorError(isOwn ? "rejected" : outcome, name, `${sentence}.${more}`, retryAfter ?? usual);
}

function byStatus(status: number): CodeMeaning {
  const { outcome, says } = statuses.find(({ status: [from, to] }) => status >= from && status <= to) ?? UNKNOWN;
  return { outcome, sentence: `Twilio answered ${status} and ${says}` };
}

const UNKNOWN = { outcome: "uncertain", says: "may have taken the message" } as const;
