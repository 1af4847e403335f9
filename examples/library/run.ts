import { s3Peer, sesPeer, twilioPeer } from "@backstitch/sandbox";
import { openReceipts } from "./receipts.ts";

const [sms, mail, archive] = await Promise.all([twilioPeer(), sesPeer(), s3Peer()]);
const keys = { region: "eu-central-1", accessKeyId: "example", secretAccessKey: "example" };
const receipts = openReceipts({
  sms: { accountSid: `AC${"0".repeat(32)}`, authToken: "example", from: "+15005550006", baseUrl: sms.url },
  mail: { ...keys, from: "Shop <shop@example.com>", endpoint: mail.url },
  archive: { ...keys, bucket: "receipts", endpoint: archive.url, forcePathStyle: true },
});

const buyer = { name: "Ada", phone: "+15005550010", email: "ada@example.com" };
for (const order of [
  { id: "1001", buyer, total: "12.50 EUR" },
  { id: "1002", buyer: { ...buyer, email: "nobody" }, total: "7.00 EUR" },
]) {
  const { by, receipt } = await receipts.send(order);
  console.log(`order ${order.id}: told by ${by}, ${receipt.id}`);
}
for (const { fields } of archive.received()) console.log(`kept: ${JSON.stringify(fields["key"])}`);

await receipts.close();
await Promise.all([sms.close(), mail.close(), archive.close()]);
