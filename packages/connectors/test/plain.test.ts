import { deliveryId } from "@backstitch/core/rules";
import { createHttp, type CallOptions } from "@backstitch/connectors/http";
import { createTwilio } from "@backstitch/connectors/twilio";
import { httpPeer } from "@backstitch/sandbox";
import { expect, test } from "vitest";

const text = expect.any(String) as string;

test.each<CallOptions>([{ deadlineMs: Infinity }, { deadlineMs: 3_000_000_000 }, { number: 2 }, { id: deliveryId("order 7") }])(
  "a call with %o goes through",
  async (options) => {
    const peer = await httpPeer();
    const calls = createHttp({ baseUrl: peer.url });
    expect(await calls.request({ path: "x" }, options)).toEqual({ status: 200 });
    await calls.close();
    await peer.close();
  },
);

test.each<[options: CallOptions, says: string]>([
  [{ id: "order 7" }, '"id" is "order 7"; it must be 26 characters of a to z and 2 to 7.'],
  [{ id: "a\r\nx-evil: 1" }, '"id" is "a\\r\\nx-evil: 1"; it must'],
  [{ id: "" }, '"id" is ""; it must'],
  [{ number: 0 }, '"number" is 0; it must be a whole number from 1.'],
  [{ number: NaN }, '"number" is NaN; it must'],
  [{ deadlineMs: NaN }, '"deadlineMs" is NaN; it must be above 0.'],
  [{ deadlineMs: -1 }, '"deadlineMs" is -1; it must'],
])("a call with %o is refused before anything is sent", async (options, says) => {
  const peer = await httpPeer();
  const calls = createHttp({ baseUrl: peer.url });
  const refusal = { outcome: "rejected", code: "ARGUMENTS_INVALID", message: expect.stringContaining(says) as string };
  await expect(calls.request({ path: "x" }, options)).rejects.toMatchObject(refusal);
  expect(peer.received()).toEqual([]);
  await calls.close();
  await peer.close();
});

test("arguments of another type, which plain JavaScript can give, are refused with a sentence", async () => {
  const calls = createTwilio({ accountSid: "AC1", authToken: "hunter2", from: "ACME", baseUrl: "http://127.0.0.1:1" });
  const args = { to: 15005550009, body: "late" } as unknown as Parameters<typeof calls.send>[0];
  await expect(calls.send(args)).rejects.toMatchObject({ outcome: "rejected", code: "ARGUMENTS_INVALID", message: text });
  await calls.close();
});

test("a request that the HTTP client refuses to write was not sent", async () => {
  const peer = await httpPeer();
  const calls = createHttp({ baseUrl: peer.url });
  const args = { path: "x", method: "a b" } as unknown as Parameters<typeof calls.request>[0];
  await expect(calls.request(args)).rejects.toMatchObject({ outcome: "rejected", code: "HTTP_REQUEST_INVALID", message: text });
  expect(peer.received()).toEqual([]);
  await calls.close();
  await peer.close();
});

test("what a query or form has of undefined is left out, as null is", async () => {
  const peer = await httpPeer();
  const calls = createHttp({ baseUrl: peer.url });
  const none = undefined as unknown as null;
  await calls.request({ path: "x", query: { a: none, b: null, c: "1" } });
  expect(peer.received()).toMatchObject([{ fields: { query: "c=1" } }]);
  await calls.close();
  await peer.close();
});
