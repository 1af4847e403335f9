import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { s3Peer, sesPeer, twilioPeer } from "@backstitch/sandbox";
import { expect, test } from "vitest";
import { openReceipts, type Order } from "../receipts.ts";

const SECRET = "a-secret-of-aws";
const ORDER: Order = { id: "7", buyer: { name: "Ada", phone: "+15005550010", email: "ada@example.com" }, total: "1.00 EUR" };

async function openShop() {
  const stack = new AsyncDisposableStack();
  const [sms, mail, archive] = await Promise.all([twilioPeer(), sesPeer(), s3Peer()]);
  for (const peer of [sms, mail, archive]) stack.defer(() => peer.close());
  const keys = { region: "eu-central-1", accessKeyId: "example", secretAccessKey: SECRET };
  const receipts = openReceipts({
    sms: { accountSid: `AC${"0".repeat(32)}`, authToken: "example", from: "+15005550006", baseUrl: sms.url },
    mail: { ...keys, from: "Shop <shop@example.com>", endpoint: mail.url },
    archive: { ...keys, bucket: "receipts", endpoint: archive.url, forcePathStyle: true },
  });
  stack.defer(() => receipts.close());
  return { sms, mail, archive, receipts, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test("a buyer is told by mail, and the copy is kept", async () => {
  await using shop = await openShop();
  expect(await shop.receipts.send(ORDER)).toMatchObject({ by: "mail", receipt: { id: expect.any(String) } });
  expect(shop.archive.received().map(({ fields }) => fields["key"])).toEqual(["receipts/7.json"]);
  expect(shop.mail.received()).toHaveLength(1);
  expect(shop.sms.received()).toHaveLength(0);
});

test("an address that can never succeed: by text", async () => {
  await using shop = await openShop();
  const sent = await shop.receipts.send({ ...ORDER, buyer: { ...ORDER.buyer, email: "nobody" } });
  expect(sent).toMatchObject({ by: "text", receipt: { id: expect.stringMatching(/^SM/) } });
  expect(shop.sms.received().map(({ fields }) => fields["To"])).toEqual(["+15005550010"]);
});

test("what is provably not done is tried again, and what may be done is not", async () => {
  await using shop = await openShop();
  shop.mail.misbehave({ kind: "throttle" }, 1);
  expect(await shop.receipts.send(ORDER)).toMatchObject({ by: "mail" });
  expect(shop.mail.received()).toHaveLength(1);
  shop.mail.misbehave({ kind: "lost-response" }, 1);
  const lost = shop.receipts.send({ ...ORDER, id: "8" });
  await expect(lost).rejects.toMatchObject({ name: "ConnectorError", outcome: "uncertain" });
  await expect(lost).rejects.not.toThrow(SECRET);
  expect(shop.mail.received()).toHaveLength(2);
  expect(shop.sms.received()).toHaveLength(0);
});

test("the program of the README says what it did", () => {
  const said = execFileSync(process.execPath, [join(import.meta.dirname, "../run.ts")], { encoding: "utf8" });
  expect(said).toMatch(
    /^order 1001: told by mail, \S+\norder 1002: told by text, SM\w+\nkept: "receipts\/1001\.json"\nkept: "receipts\/1002\.json"\n$/,
  );
});
