import { Secret } from "@backstitch/core/connector";
import type { Row } from "@backstitch/core/values";
import { twilio } from "@backstitch/connectors/twilio";
import { describe, expect, test } from "vitest";
import { open } from "./support/open.ts";
import { validate } from "./support/validate.ts";

const to = "+15551230987";
const service = {
  accountSid: `AC${"0".repeat(32)}`,
  authToken: new Secret("canary-token-1f4b"),
  from: "ACME",
  baseUrl: "http://127.0.0.1:1",
};
const send = twilio.actions["send"];

/** What a check of rules would say of these arguments. */
function found(args: Row): readonly string[] {
  const bySchema = validate(send?.args ?? {})({ to, body: "late", ...args });
  return (bySchema.length > 0 ? bySchema : (send?.faults?.(args as never) ?? [])).map(({ message }) => message);
}

describe("what is said of a recipient", () => {
  const rows: readonly [to: string, says: string | undefined][] = [
    [to, undefined],
    ["+1 (555) 123-0987", undefined],
    ["+49 171 1234567", undefined],
    [`whatsapp:${to}`, undefined],
    ["rcs:+491711234567", undefined],
    ["messenger:1234567890", undefined],
    ["0171 1234567", "does not begin with + and a country code"],
    ["0049 171 1234567", "does not begin with + and a country code"],
    ["buyer", "does not begin with + and a country code"],
    ["+", "holds something that is no digit"],
    ["+1555123098x", "holds something that is no digit"],
    ["+1555123\u202e0987", "holds something that is no digit"],
    ["+1５５５1230987", "holds something that is no digit"],
    [`${to}, +15551230988`, "holds something that is no digit"],
    [`${to}\r\n`, "holds something that is no digit"],
    ["+999123456789", "begins with a country code that there is not"],
    ["+1555123", "has too few digits for its country"],
    ["+155512309871", "has too many digits for its country"],
    [`+1${"5".repeat(200)}`, "has too many digits for its country"],
    ["whatsapp:0171 1234567", "does not begin with + and a country code"],
    ["whatsapp:", "does not begin with + and a country code"],
    ["messenger:", "names a channel and nobody on it"],
    ["messenger:a\u202eb", "names a channel and nobody on it"],
    ["messenger:a b", "names a channel and nobody on it"],
  ];
  test.each(rows)("%j: %s", (recipient, says) => {
    const faults = found({ to: recipient });
    expect(faults).toEqual(says === undefined ? [] : [expect.stringContaining(`"to" ${says}`)]);
    for (const digits of recipient.match(/\d{4,}/g) ?? []) expect(faults.join(), "a recipient is nobody's business").not.toContain(digits);
  });

  test("and then the delivery is rejected, and names it as little", async () => {
    await using opened = open(twilio, service);
    const outcome = await opened.attempt("send", { to: "0171 1234567", body: "late" });
    expect(outcome).toMatchObject({
      kind: "rejected",
      code: "ARGUMENTS_INVALID",
      reason: expect.stringContaining('"to" does not') as string,
    });
    expect(JSON.stringify(outcome)).not.toContain("1234567");
  });
});

describe("what is said of the rest", () => {
  const rows: readonly [args: Row, says: string | undefined][] = [
    [{ from: "+15005550006" }, undefined],
    [{ from: "12345" }, undefined],
    [{ from: "ACME Shop" }, undefined],
    [{ from: "rcs:acme_agent" }, undefined],
    [{ from: "+999123456789" }, '"from" begins with a country code that there is not'],
    [{ from: "A name that is too long" }, '"from" is no number'],
    [{ from: "ACME\r\n" }, '"from" is no number'],
    [{ from: "whatsapp:ACME" }, '"from" does not begin with + and a country code'],
    [{ from: "+15005550006", to: "whatsapp:+15551230987" }, '"from" is on another channel than the recipient'],
    [{ from: "whatsapp:+15005550006", to }, '"from" is on another channel than the recipient'],
    [{ from: "whatsapp:+15005550006", to: "whatsapp:+15551230987" }, undefined],
    [{ mediaUrl: "https://example.com/a%20b.png?x=1" }, undefined],
    [{ mediaUrl: "ftp://example.com/a.png" }, '"mediaUrl" holds something'],
    [{ mediaUrl: ["https://example.com/a.png", "https://example.com/\r\nb.png"] }, '"mediaUrl" holds something'],
    [{ mediaUrl: "javascript:alert(1)" }, '"mediaUrl" holds something'],
    [{ mediaUrl: "https://" }, '"mediaUrl" holds something'],
    [{ sendAt: "2026-12-24T18:00:00.123456Z" }, undefined],
    [{ sendAt: "2026-12-24T18:00:00+01:00" }, undefined],
    [{ sendAt: "2026-12-24T18:00:00" }, '"sendAt" is no time with its zone'],
    [{ sendAt: "2026-13-24T18:00:00Z" }, '"sendAt" is no time with its zone'],
    [{ sendAt: "2026-02-30T18:00:00Z" }, '"sendAt" is no time with its zone'],
    [{ sendAt: "0000-00-00T00:00:00Z" }, '"sendAt" is no time with its zone'],
    [{ sendAt: "tomorrow" }, '"sendAt" is no time with its zone'],
    [{ validityPeriod: 1 }, undefined],
    [{ validityPeriod: 0 }, "/validityPeriod must be >= 1"],
    [{ validityPeriod: 36_001 }, "/validityPeriod must be <= 36000"],
    [{ validityPeriod: 1.5 }, "/validityPeriod must be integer"],
    [{ contentVariables: { 1: "x", due_date: "y" } }, undefined],
    [{ contentVariables: { "a b": "x" } }, '"contentVariables" has a name'],
    [{ contentVariables: { 1: "" } }, "/contentVariables/1 must NOT have fewer"],
    [{ messagingServiceSid: "MG1" }, "/messagingServiceSid must match"],
    [{ contentSid: "1" }, "/contentSid must match"],
  ];
  test.each(rows)("%j: %s", (args, says) => {
    expect(found(args)).toEqual(says === undefined ? [] : [expect.stringContaining(says)]);
  });
});
