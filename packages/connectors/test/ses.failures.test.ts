/** Every row of the tables of failures, through the SDK against the stand-in. */
import type { Outcome } from "@backstitch/core/connector";
import type { Fault } from "@backstitch/core/testing";
import { ses } from "@backstitch/connectors/ses";
import { sesPeer } from "@backstitch/sandbox";
import { describe, expect, test } from "vitest";
import { COMMON } from "../src/aws/failures.ts";
import { saidReadings, sesFailures } from "../src/ses/failures.ts";
import { attempted } from "./support/attempted.ts";
import { awsConfig } from "./support/aws.ts";

const to = "buyer.canary@shop.example";

const actions = {
  send: { to, subject: "Late", text: "t" },
  sendTemplated: { to, template: "late" },
  sendRaw: { to, subject: "Late", text: "t" },
} as const;

async function refused(fault: Fault, action: keyof typeof actions = "send"): Promise<Outcome> {
  const peer = await sesPeer();
  try {
    peer.misbehave(fault);
    const config = { ...awsConfig(peer.url), from: "shop@shop.example", configurationSet: "events", reportsRenderingFailures: true };
    const outcome = await attempted(ses, { config, action, args: actions[action] });
    expect(peer.received()).toEqual([]);
    return outcome;
  } finally {
    await peer.close();
  }
}

const rows = Object.entries({ ...COMMON, ...sesFailures.codes });

describe.each(Object.keys(actions) as (keyof typeof actions)[])("of %s", (action) => {
  test.each(rows)("%s", async (code, [kind, says, restMs]) => {
    const outcome = await refused({ kind: "code", code, message: `About ${to}` }, action);
    expect(outcome).toMatchObject({ kind, reason: expect.stringMatching(`^SES answered 4\\d\\d ${code}(?:Exception)?: `) as string });
    expect(outcome).toMatchObject({ reason: expect.stringContaining(`: ${says}.`) as string });
    expect("retryAfterMs" in outcome ? outcome.retryAfterMs : undefined).toBe(restMs);
  });
});

test.each(saidReadings)("$code: $says", async ({ code, says, reading: [kind, means, restMs] }) => {
  const outcome = await refused({ kind: "code", code, message: `${says}. About ${to}` });
  expect(outcome).toMatchObject({ kind, reason: expect.stringContaining(means) as string });
  expect("retryAfterMs" in outcome ? outcome.retryAfterMs : undefined).toBe(restMs);
  expect(JSON.stringify(outcome)).not.toContain(to);
});

test("a rate is a matter of seconds, and a day's quota of hours", async () => {
  const rate = await refused({ kind: "code", code: "Throttling", message: "Maximum sending rate exceeded." });
  const quota = await refused({ kind: "code", code: "Throttling", message: "Daily message quota exceeded." });
  expect([rate, quota]).toMatchObject([
    { kind: "throttled", retryAfterMs: 1_000 },
    { kind: "throttled", retryAfterMs: 7_200_000 },
  ]);
});
