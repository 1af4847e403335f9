import { Secret } from "@backstitch/core/connector";
import { twilio } from "@backstitch/connectors/twilio";
import { createEmulator } from "emulate";
import { expect, test } from "vitest";
import { attempted, idOf } from "./support/attempted.ts";
import { open } from "./support/open.ts";

const accountSid = `AC${"7".repeat(32)}`;
const authToken = "canary-token-1f4b";
const from = "+15005550006";
const to = "+15551230987";

/** A Twilio that was written by others, so that the stand-in does not mark its own homework. */
async function startEmulator() {
  const seed = { twilio: { account: { sid: accountSid, auth_token: authToken }, phone_numbers: [{ phone_number: from }] } };
  const emulator = await createEmulator({ service: "twilio", port: 0, hostname: "127.0.0.1", seed });
  return { url: emulator.url, [Symbol.asyncDispose]: () => emulator.close() };
}

async function listed(url: string): Promise<readonly { readonly sid: string; readonly to: string; readonly body: string }[]> {
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}`;
  const answer = await fetch(`${url}/2010-04-01/Accounts/${accountSid}/Messages.json`, { headers: { authorization } });
  return ((await answer.json()) as { messages: { sid: string; to: string; body: string }[] }).messages;
}

test("a message arrives at an independent Twilio, and the receipt names it", async () => {
  await using emulator = await startEmulator();
  await using service = open(twilio, { accountSid, authToken: new Secret(authToken), from, baseUrl: emulator.url });
  const outcome = await service.attempt("send", { to, body: "Dösé: 3 left & more" });
  const messages = await listed(emulator.url);
  expect(messages).toMatchObject([{ to, body: "Dösé: 3 left & more" }]);
  expect(outcome).toMatchObject({ kind: "accepted", receipt: { id: messages[0]?.sid, status: "queued", segments: 1 } });
});

test("a number arrives as Twilio writes it, and a picture beside its text", async () => {
  await using emulator = await startEmulator();
  await using service = open(twilio, { accountSid, authToken: new Secret(authToken), from, baseUrl: emulator.url });
  const outcome = await service.attempt("send", { to: "+1 (555) 123-0987", body: "look", mediaUrl: ["https://a.example/1.png"] });
  expect(outcome).toMatchObject({ kind: "accepted" });
  expect(await listed(emulator.url)).toMatchObject([{ to, body: "look" }]);
});

test("what it does not take is rejected with its own code", async () => {
  await using emulator = await startEmulator();
  await using service = open(twilio, { accountSid, authToken: new Secret(authToken), from, baseUrl: emulator.url });
  const outcome = await service.attempt("send", { to, body: "late", from: "+15005550999" });
  expect(outcome).toMatchObject({ kind: "rejected", code: expect.stringMatching(/^TWILIO_\d{5}$/) as string });
  expect(await listed(emulator.url)).toEqual([]);
});

test.each([
  ["a wrong token", accountSid, "wrong-token", "TWILIO_20003"],
  ["an unknown account", `AC${"8".repeat(32)}`, authToken, "TWILIO_20003"],
])("%s locks the service out", async (_name, sid, token, code) => {
  await using emulator = await startEmulator();
  await using service = open(twilio, { accountSid: sid, authToken: new Secret(token), from, baseUrl: emulator.url });
  expect(await service.attempt("send", { to, body: "late" })).toMatchObject({ kind: "locked-out", code });
});

test("what a lost answer left in doubt is found in its list, and not sent again", async () => {
  await using emulator = await startEmulator();
  const config = { accountSid, authToken: new Secret(authToken), from, baseUrl: emulator.url };
  const args = { to, body: "Order 7 is late" };
  await using service = open(twilio, config);
  await service.attempt("send", args);
  const [made] = await listed(emulator.url);
  const own = { deliveryId: idOf("1"), recordedAt: Date.now(), receipts: [], doubts: 1, underWay: false, askedAgain: true };
  const past = { own: async () => own, others: async () => [] };
  const outcome = await attempted(twilio, { config, action: "send", args, uncertain: true, past });
  expect(outcome).toMatchObject({ kind: "accepted", receipt: { id: made?.sid, reconciled: true } });
  expect(await listed(emulator.url)).toHaveLength(1);
});
