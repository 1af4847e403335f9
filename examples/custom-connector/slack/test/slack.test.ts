import { Secret, ConnectorError } from "@backstitch/core/connector";
import { describeConnector } from "@backstitch/core/testing";
import { validate } from "@backstitch/project";
import { startPeer } from "@backstitch/sandbox";
import { expect, test } from "vitest";
import { createSlack, slack } from "../index.ts";
import { slackPeer } from "./peer.ts";

const token = "canary-webhook-5f02";

describeConnector(slack, {
  validate,
  secrets: [token],
  config: (url) => ({ webhookUrl: new Secret(`${url}/services/T1/B1/${token}`) }),
  actions: { post: { args: { text: "An order of 1,250 EUR" }, peer: slackPeer } },
});

test("a text mentions nobody, whatever a row says", async () => {
  const peer = await slackPeer();
  const { post, close } = createSlack({ webhookUrl: `${peer.url}/services/T1/B1/${token}` });
  await post({ text: "<!channel> & <https://evil.example|your invoice>" });
  await post({ text: "a > b", mention: "here" });
  expect(peer.received().map(({ fields }) => fields["text"])).toEqual([
    "&lt;!channel&gt; &amp; &lt;https://evil.example|your invoice&gt;",
    "<!here> a &gt; b",
  ]);
  await close();
  await peer.close();
});

const REFUSALS: readonly (readonly [status: number, says: string, outcome: string, code: string])[] = [
  [400, "invalid_payload", "rejected", "SLACK_INVALID_PAYLOAD"],
  [400, "no_text", "rejected", "SLACK_NO_TEXT"],
  [403, "action_prohibited", "locked-out", "SLACK_ACTION_PROHIBITED"],
  [403, "posting_to_general_channel_denied", "locked-out", "SLACK_POSTING_TO_GENERAL_CHANNEL_DENIED"],
  [404, "no_service", "locked-out", "SLACK_NO_SERVICE"],
  [404, "no_team", "locked-out", "SLACK_NO_TEAM"],
  [404, "channel_not_found", "locked-out", "SLACK_CHANNEL_NOT_FOUND"],
  [410, "channel_is_archived", "locked-out", "SLACK_CHANNEL_IS_ARCHIVED"],
  [403, "team_disabled", "locked-out", "SLACK_TEAM_DISABLED"],
  [403, "invalid_token", "locked-out", "SLACK_INVALID_TOKEN"],
  [418, "what it never said before", "rejected", "SLACK_418"],
  [502, "<html>", "uncertain", "SLACK_502"],
  [202, "constructor", "uncertain", "SLACK_202"],
];

test.each(REFUSALS)("%s %s is %s", async (status, body, outcome, code) => {
  const answer = { status, body };
  const peer = await startPeer({ handle: () => answer, throttled: () => answer, failed: () => answer, refused: () => answer });
  const { post, close } = createSlack({ webhookUrl: `${peer.url}/services/T1/B1/${token}` });
  const error: unknown = await post({ text: "hello" }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConnectorError);
  expect(error).toMatchObject({ outcome, code });
  expect((error as Error).message).not.toContain(token);
  await close();
  await peer.close();
});
