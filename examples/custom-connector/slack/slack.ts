import { plain, retryAfterMs, type Calls, type Plainly } from "@backstitch/connectors/authoring";
import {
  action,
  type Action,
  type AttemptContext,
  type Connector,
  type FromSchema,
  type JsonSchema,
  type Receipt,
} from "@backstitch/core/connector";
import { Agent, request } from "undici";
import { clientFailure, refusalOf } from "./failures.ts";

const configSchema = {
  type: "object",
  additionalProperties: false,
  required: ["webhookUrl"],
  properties: {
    webhookUrl: {
      type: "string",
      secret: true,
      pattern: "^https?://[^\\s]+$",
      description: "The incoming webhook of one channel. Whoever has it may post, so it is a secret.",
    },
  },
} as const satisfies JsonSchema;

const postSchema = {
  type: "object",
  additionalProperties: false,
  required: ["text"],
  properties: {
    text: {
      type: "string",
      minLength: 1,
      maxLength: 40_000,
      description: "The message. It is shown as it is: it mentions nobody and has no links.",
    },
    mention: { enum: ["here", "channel"], description: "Whom the message calls. Default: nobody." },
  },
} as const satisfies JsonSchema;

type SlackConfig = FromSchema<typeof configSchema>;
type PostArgs = FromSchema<typeof postSchema>;

interface SlackClient {
  readonly url: URL;
  readonly agent: Agent;
}

/** Messages to a Slack channel. https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export const slack: Connector<SlackConfig, SlackClient, { readonly post: Action<SlackClient, PostArgs> }> = {
  type: "slack",
  summary: "Posts to a Slack channel by an incoming webhook.",
  config: configSchema,
  connect: ({ webhookUrl }) => ({ url: new URL(webhookUrl.reveal()), agent: new Agent({ connect: { timeout: 10_000 } }) }),
  close: ({ agent }) => agent.destroy(),
  actions: {
    post: action<SlackClient, typeof postSchema>({
      summary: "Posts one message. Slack has no key by which it would know a second one.",
      args: postSchema,
      repeat: "repeats",
      run: post,
    }),
  },
};

/** Slack from plain code, without engine, journal or project. */
export function createSlack(config: Plainly<SlackConfig>): Calls<typeof slack> {
  return plain(slack, config);
}

async function post({ url, agent }: SlackClient, args: PostArgs, { signal }: AttemptContext): Promise<Receipt> {
  const answer = await send().catch((error: unknown) => {
    throw clientFailure(error);
  });
  if (answer.status === 200) return { status: 200 };
  throw refusalOf(answer);

  async function send() {
    const { statusCode, headers, body } = await request(url, {
      method: "POST",
      dispatcher: agent,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text: textOf(args) }),
      signal,
    });
    return { status: statusCode, says: (await body.text()).slice(0, 100), retryAfterMs: retryAfterMs(headers["retry-after"], Date.now()) };
  }
}

/** Slack reads `<!channel>` and `<https://…>` in a text: what comes from a row must not. https://docs.slack.dev/messaging/formatting-message-text#escaping */
function textOf({ text, mention }: PostArgs): string {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return mention === undefined ? escaped : `<!${mention}> ${escaped}`;
}
