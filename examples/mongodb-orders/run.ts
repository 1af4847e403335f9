/** `pnpm start`: `backstitch run` over this folder, with stand-ins for MongoDB and the vendors, while a shop has an eventful second. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { run } from "@backstitch/cli";
import { httpPeer, mongodbPeer, sesPeer, twilioPeer } from "@backstitch/sandbox";
import { liveThroughTheDay } from "./orders.ts";

const [mongodb, sms, mail, warehouse] = await Promise.all([mongodbPeer(), twilioPeer(), sesPeer(), httpPeer()]);
const scratch = await mkdtemp(join(tmpdir(), "backstitch-orders-"));
Object.assign(process.env, {
  MONGODB_URL: mongodb.url,
  JOURNAL_PATH: join(scratch, "journal.db"),
  TWILIO_ACCOUNT_SID: `AC${"0".repeat(32)}`,
  TWILIO_AUTH_TOKEN: "example",
  TWILIO_FROM: "+15005550006",
  TWILIO_BASE_URL: sms.url,
  WAREHOUSE_URL: warehouse.url,
  AWS_ENDPOINT_URL_SES: mail.url,
  AWS_ACCESS_KEY_ID: "example",
  AWS_SECRET_ACCESS_KEY: "example",
  BACKSTITCH_LOG_LEVEL: "warn",
});

const running = run({ project: import.meta.dirname, host: "127.0.0.1", port: 0, maxLag: 300_000 });
// What was changed before a source first read makes no event.
await Promise.race([running, until(() => mongodb.received("aggregate") > 0)]);
await liveThroughTheDay(mongodb.url);
await Promise.race([running, until(() => [sms, mail, warehouse].flatMap((peer) => peer.received()).length >= 4)]);
process.kill(process.pid, "SIGTERM");
await running;

for (const { fields } of mail.received()) console.log("mail to %s: %s: %s", fields["to"], fields["subject"], fields["text"]);
for (const { fields } of sms.received()) console.log("text to %s: %s", fields["To"], fields["Body"]);
for (const { operation, fields } of warehouse.received()) console.log("warehouse: %s %s", operation, fields["body"]);
await Promise.all([mongodb, sms, mail, warehouse].map((peer) => peer.close()));
await rm(scratch, { recursive: true });

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await wait(20);
}
