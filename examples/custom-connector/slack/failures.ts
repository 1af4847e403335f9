import { networkFailure } from "@backstitch/connectors/authoring";
import { ConnectorError } from "@backstitch/core/connector";

type Outcome = ConnectorError["outcome"];

/**
 * What Slack says in the body of an answer, and what it means. `locked-out` is what no message can be the cause of: a webhook is of one channel.
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors
 */
const FAILURES: Readonly<Record<string, readonly [Outcome, meaning: string]>> = {
  invalid_payload: ["rejected", "it does not take the message"],
  no_text: ["rejected", "the message is empty"],
  action_prohibited: ["locked-out", "the workspace does not let the webhook post"],
  posting_to_general_channel_denied: ["locked-out", "the webhook may not post to this channel"],
  channel_is_archived: ["locked-out", "the webhook's channel is archived"],
  channel_not_found: ["locked-out", "the webhook's channel is gone"],
  no_service: ["locked-out", "the webhook was removed or switched off"],
  no_team: ["locked-out", "the webhook's workspace is gone"],
  team_disabled: ["locked-out", "the webhook's workspace is disabled"],
  invalid_token: ["locked-out", "the webhook's address is wrong"],
};

export interface Refusal {
  readonly status: number;
  /** The answer's body. */
  readonly says: string;
  readonly retryAfterMs: number | undefined;
}

/** What an answer other than 200 means. Of its body only words that are known are told on. */
export function refusalOf({ status, says, retryAfterMs }: Refusal): ConnectorError {
  const known = Object.hasOwn(FAILURES, says) ? FAILURES[says] : undefined;
  const [outcome, meaning] = known ?? byStatus(status);
  const code = known === undefined ? `SLACK_${status}` : `SLACK_${says.toUpperCase()}`;
  return new ConnectorError(outcome, code, `Slack answered ${status}: ${meaning}.`, retryAfterMs);
}

function byStatus(status: number): readonly [Outcome, string] {
  if (status === 429) return ["throttled", "it takes about one message a second"];
  if (status >= 500 || status < 300) return ["uncertain", "the message may have been posted"];
  return ["rejected", "it did not take the message"];
}

export function clientFailure(error: unknown): ConnectorError {
  const unreadable = "Slack gave an answer that is not HTTP; the message may have been posted.";
  return networkFailure(error, "Slack") ?? new ConnectorError("uncertain", "SLACK_UNREADABLE", unreadable);
}
