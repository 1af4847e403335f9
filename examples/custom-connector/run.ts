/** `pnpm start`: `backstitch run` over this folder and three orders, with a stand-in for Slack. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { slackPeer } from "@acme/backstitch-slack/peer";
import { run } from "@backstitch/cli";

const slack = await slackPeer();
const scratch = await mkdtemp(join(tmpdir(), "backstitch-slack-"));
Object.assign(process.env, {
  SLACK_WEBHOOK_URL: `${slack.url}/services/T1/B1/example`,
  JOURNAL_PATH: join(scratch, "journal.db"),
  BACKSTITCH_LOG_LEVEL: "warn",
});

await run({ project: import.meta.dirname, host: "127.0.0.1", port: 0, maxLag: 300_000 });
for (const { fields } of slack.received()) console.log("slack: %s", fields["text"]);
await slack.close();
await rm(scratch, { recursive: true });
