import type { OutcomeKind } from "../connector/outcome.ts";
import type { Fault } from "./peer.ts";

/** How a connector must read one fault. */
export interface FaultCase {
  readonly name: string;
  readonly fault: Fault;
  readonly outcomes: readonly OutcomeKind[];
  /** How often the far side took it, in one attempt. */
  readonly taken: 0 | 1;
  /** Milliseconds that the outcome must ask for, from and to. */
  readonly retryAfterMs?: readonly [from: number, to: number];
  readonly because: string;
}

/** Longer than any test waits: only the deadline ends it. */
const NEVER_MS = 600_000;

/** The fault models, and the outcomes that are true of them. @param isOneOfMany The far side does not speak for the service. */
export function faultCases(now: number, isOneOfMany: boolean): readonly FaultCase[] {
  return isOneOfMany ? ofTheService(now).map((row) => ({ ...row, ...ofOne(row.fault) })) : ofTheService(now);
}

/** What is another matter where the far side is one of many. */
function ofOne({ kind }: Fault): Partial<FaultCase> {
  if (kind === "throttle") return { outcomes: ["unavailable"] };
  return kind === "refuse-credentials" ? { outcomes: ["rejected"], because: "the service may be right for the others" } : {};
}

function ofTheService(now: number): readonly FaultCase[] {
  // Made before the first test begins: a long suite must not outlive it.
  const inHalfAnHour = new Date(now + 1_800_000).toUTCString();
  return [
    { name: "a lost response", fault: { kind: "lost-response" }, outcomes: ["uncertain"], taken: 1, because: "it was done" },
    {
      name: "a reset before anything was read",
      fault: { kind: "reset-before" },
      outcomes: ["unavailable", "uncertain"],
      taken: 0,
      because: "whether the request had been written depends on timing",
    },
    {
      name: "a reset after the request",
      fault: { kind: "reset-after" },
      outcomes: ["uncertain"],
      taken: 0,
      because: "it might have been done",
    },
    {
      name: "an answer after the deadline",
      fault: { kind: "slow", delayMs: NEVER_MS },
      outcomes: ["uncertain"],
      taken: 1,
      because: "it was done",
    },
    { name: "too many requests", fault: { kind: "throttle" }, outcomes: ["throttled"], taken: 0, because: "it was not done" },
    {
      name: "too many requests, with seconds to wait",
      fault: { kind: "throttle", retryAfter: "7" },
      outcomes: ["throttled"],
      taken: 0,
      retryAfterMs: [7_000, 7_000],
      because: "the far side knows when",
    },
    {
      name: "too many requests, with a date to wait for",
      fault: { kind: "throttle", retryAfter: inHalfAnHour },
      outcomes: ["throttled"],
      taken: 0,
      retryAfterMs: [1, 1_800_000],
      because: "the far side knows when",
    },
    { name: "status 500", fault: { kind: "status", status: 500 }, outcomes: ["uncertain"], taken: 0, because: "it may have been done" },
    {
      name: "status 503",
      fault: { kind: "status", status: 503 },
      outcomes: ["uncertain", "throttled", "unavailable"],
      taken: 0,
      because: "vendors mean different things by it",
    },
    {
      name: "an answer that cannot be read",
      fault: { kind: "malformed" },
      outcomes: ["uncertain", "accepted"],
      taken: 1,
      because: "where the status says all, the body is not needed",
    },
    {
      name: "refused credentials",
      fault: { kind: "refuse-credentials" },
      outcomes: ["locked-out"],
      taken: 0,
      because: "no argument could be the cause",
    },
  ];
}
