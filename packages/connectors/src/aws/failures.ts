import type { OutcomeKind } from "@backstitch/core/connector";

/** What a code means: the outcome, what to say of it, and how long to rest where the answer does not say. */
export type Reading = readonly [outcome: Exclude<OutcomeKind, "accepted">, says: string, restMs?: number];

/** One AWS service's failures, as data. Codes stand without their "Exception", which AWS adds and leaves off as it likes. */
export interface AwsVendor {
  /** In sentences and before codes. */
  readonly name: "SES" | "S3" | "EventBridge";
  readonly codes: Readonly<Record<string, Reading>>;
  /** Where a code says too little: a reading of the message. */
  byMessage?(code: string, message: string): Reading | undefined;
}

/** A service's refusal, taken apart. */
export interface Refusal {
  /** AWS's own code, or undefined where the answer had none that can be read. */
  readonly code: string | undefined;
  /** HTTP status. */
  readonly status: number;
  /** AWS's words: read, never passed on, since they name addresses and keys. */
  readonly message: string;
}

/** A refusal's meaning: the service's table, then AWS's, then the HTTP class. */
export function readingOf(vendor: AwsVendor, { code, status, message }: Refusal): Reading {
  return (code === undefined ? undefined : knownReading(vendor, code, message)) ?? byStatus(status);
}

/** A code's meaning: the service's table, then AWS's. Undefined: none has it. */
export function knownReading(vendor: AwsVendor, code: string, message = ""): Reading | undefined {
  const known = bare(code);
  return vendor.byMessage?.(known, message) ?? own(vendor.codes, known) ?? own(COMMON, known);
}

/** `ThrottlingException` and `Throttling` are one; JSON protocols may put a namespace before it. */
function bare(code: string): string {
  return code.replace(/^.*#/, "").replace(/Exception$/, "");
}

function own(table: Readonly<Record<string, Reading>>, code: string): Reading | undefined {
  return Object.hasOwn(table, code) ? table[code] : undefined;
}

function byStatus(status: number): Reading {
  return STATUSES.find(({ status: [from, to] }) => status >= from && status <= to)?.reading ?? IN_DOUBT;
}

const IN_DOUBT: Reading = ["uncertain", "it may have been done"];
const REFUSED: Reading = ["locked-out", "the credentials are refused"];
const NOT_TAKEN: Reading = ["unavailable", "it asks for another try"];
const TOO_FAST: Reading = ["throttled", "it asks for a slower pace"];
const BAD_KEY: Reading = ["locked-out", "the credentials are refused; look at accessKeyId, secretAccessKey and whether the key is active"];

/** What a status means where no table has the code. */
export interface StatusReading {
  /** First and last. */
  readonly status: readonly [from: number, to: number];
  readonly reading: Reading;
}

/** The first row that fits. A 5xx says nothing of what was done before it, and a 2xx that cannot be read came after it was done. */
export const STATUSES: readonly StatusReading[] = [
  { status: [200, 299], reading: ["uncertain", "the answer cannot be read, so it may have been done"] },
  { status: [300, 399], reading: ["locked-out", "it is elsewhere: look at region and endpoint"] },
  { status: [401, 401], reading: REFUSED },
  { status: [407, 407], reading: REFUSED },
  { status: [408, 408], reading: NOT_TAKEN },
  { status: [425, 425], reading: NOT_TAKEN },
  { status: [429, 429], reading: TOO_FAST },
  { status: [400, 499], reading: ["rejected", "the request is refused"] },
  { status: [500, 599], reading: IN_DOUBT },
];

const EXPIRED: Reading = ["locked-out", "the temporary credentials have expired; give new ones"];
const CLOCK: Reading = ["unavailable", "this machine's clock is off; set it right"];

/** What means the same everywhere. https://docs.aws.amazon.com/general/latest/gr/api-retries.html names the throttles. */
export const COMMON: Readonly<Record<string, Reading>> = {
  BandwidthLimitExceeded: TOO_FAST,
  PriorRequestNotComplete: TOO_FAST,
  RequestLimitExceeded: TOO_FAST,
  RequestThrottled: TOO_FAST,
  SlowDown: TOO_FAST,
  Throttled: TOO_FAST,
  Throttling: TOO_FAST,
  TooManyRequests: TOO_FAST,
  AuthFailure: BAD_KEY,
  IncompleteSignature: BAD_KEY,
  InvalidAccessKeyId: BAD_KEY,
  InvalidClientTokenId: BAD_KEY,
  InvalidSecurity: BAD_KEY,
  InvalidSignature: BAD_KEY,
  MissingAuthenticationToken: BAD_KEY,
  NotSignedUp: ["locked-out", "the account has not signed up for it"],
  OptInRequired: ["locked-out", "the account has not signed up for it"],
  SignatureDoesNotMatch: BAD_KEY,
  UnrecognizedClient: BAD_KEY,
  ExpiredToken: EXPIRED,
  InvalidToken: EXPIRED,
  TokenRefreshRequired: EXPIRED,
  RequestExpired: CLOCK,
  RequestTimeTooSkewed: CLOCK,
  AccessDenied: ["rejected", "the credentials may not do this; look at their IAM policy"],
};
