import { ReceiptRefused, type Fact, type JsonSchema, type Receipts } from "@backstitch/core/connector";
import { configurationSetOf, factsOf } from "./events.ts";
import { createSns } from "./sns.ts";

/** What receipts need of a service's configuration. */
export const receiptsConfig = {
  topicArns: {
    type: "array",
    items: { type: "string", pattern: "^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(?:\\.fifo)?$" },
    minItems: 1,
    description:
      "SNS topics that carry SES's events to the service's receipts: their subscriptions are confirmed, and no other topic is believed.",
  },
  snsEndpoint: { type: "string", pattern: "^https?://", description: "Asked instead of SNS for its certificates: a sandbox." },
} as const satisfies JsonSchema["properties"];

interface ReceiptsConfig {
  readonly region: string;
  readonly configurationSet?: string | undefined;
  readonly topicArns?: readonly string[] | undefined;
  readonly snsEndpoint?: string | undefined;
}

const sns = createSns();

/** SES's events, as SNS posts them or EventBridge has them. */
export const receipts: Receipts<ReceiptsConfig> = {
  async read({ body }, { topicArns, snsEndpoint }, context) {
    if (topicArns === undefined) throw new ReceiptRefused(403, 'The service names no "topicArns", so no topic is believed.');
    const options = { topicArns, endpoint: snsEndpoint };
    const envelope = await sns.open(body, options, context);
    if (envelope.type === "SubscriptionConfirmation") await sns.confirm(envelope, options, context);
    return envelope.type === "Notification" ? factsIn(envelope.message) : [];
  },
  readEvent(event, { region, configurationSet }) {
    const { source, region: from, detail } = (event ?? {}) as Readonly<Record<string, unknown>>;
    if (source !== "aws.ses" || from !== region) return undefined;
    if (configurationSet !== undefined && configurationSetOf(detail) !== configurationSet) return undefined;
    return factsOf(detail);
  },
};

/** SES also says in plain words that it can reach the topic. */
function factsIn(message: string): readonly Fact[] {
  try {
    return factsOf(JSON.parse(message));
  } catch {
    return [];
  }
}
