/** Every row of the table of failures, through the SDK against the stand-in. */
import { Secret, type Outcome } from "@backstitch/core/connector";
import type { Fault } from "@backstitch/core/testing";
import type { Row } from "@backstitch/core/values";
import { twilio } from "@backstitch/connectors/twilio";
import { twilioPeer } from "@backstitch/sandbox";
import { describe, expect, test } from "vitest";
import { codes, statuses } from "../src/twilio/codes.ts";
import { open } from "./support/open.ts";
import { casesOf } from "./support/statuses.ts";

const to = "+15551230987";
const MG = `MG${"1".repeat(32)}`;

async function refused(fault: Fault, args: Row = {}): Promise<Outcome> {
  const peer = await twilioPeer();
  const config = { accountSid: `AC${"0".repeat(32)}`, authToken: new Secret("canary-token-1f4b"), from: "ACME", baseUrl: peer.url };
  try {
    await using service = open(twilio, config);
    peer.misbehave(fault);
    const outcome = await service.attempt("send", { to, body: "late", ...args });
    expect(peer.received()).toEqual([]);
    return outcome;
  } finally {
    await peer.close();
  }
}

test.each(Object.entries(codes))("%s", async (code, { outcome, sentence, retryAfterMs }) => {
  const failure = await refused({ kind: "code", code, message: `About ${to}` });
  expect(failure).toEqual({
    kind: outcome,
    code: `TWILIO_${code}`,
    reason: `${sentence}. See https://www.twilio.com/docs/errors/${code}`,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
});

describe("a code that nobody knows is read by its status", () => {
  test.each(casesOf(statuses))("$status: $outcome", async ({ status, outcome: kind, says }) => {
    const failure = await refused({ kind: "code", code: "29999", status });
    expect(failure).toEqual({
      kind,
      code: "TWILIO_29999",
      reason: `Twilio answered ${status} and ${says}. See https://www.twilio.com/docs/errors/29999`,
    });
  });

  test.each(["21211", "20003", "20429"])("and so is %s, which is known, with a status of 500", async (code) => {
    expect(await refused({ kind: "code", code, status: 500 })).toMatchObject({ kind: "uncertain", code: `TWILIO_${code}` });
  });
});

test("a Messaging Service that only this delivery names stops no other", async () => {
  expect(await refused({ kind: "code", code: "21705" })).toMatchObject({ kind: "locked-out" });
  expect(await refused({ kind: "code", code: "21705" }, { messagingServiceSid: MG })).toMatchObject({ kind: "rejected" });
});
