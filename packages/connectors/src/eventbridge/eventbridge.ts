import type * as Sdk from "@aws-sdk/client-eventbridge";
import {
  action,
  ConnectorError,
  type Action,
  type AttemptContext,
  type Connector,
  type FromSchema,
  type JsonSchema,
  type Receipt,
} from "@backstitch/core/connector";
import { answered } from "../aws/call.ts";
import { awsConfig, clientOptions } from "../aws/config.ts";
import { loadSdk } from "../shared/load-sdk.ts";
import { entryOf } from "./entry.ts";
import { entryFailure, eventbridgeFailures } from "./failures.ts";
import { plain, type Calls, type Plainly } from "../shared/plain.ts";

const source = { type: "string", minLength: 1, maxLength: 256 } as const satisfies JsonSchema;

const config = {
  type: "object",
  properties: {
    ...awsConfig,
    bus: { type: "string", pattern: "^\\S{1,1600}$", description: "Name or ARN. Absent: the account's default bus." },
    source: { ...source, description: "Of events that name none." },
  },
  required: ["region"],
  additionalProperties: false,
} as const satisfies JsonSchema;

const args = {
  type: "object",
  properties: {
    detailType: { type: "string", minLength: 1, maxLength: 128 },
    detail: {
      type: "object",
      description:
        "What happened. The delivery's id is added as backstitchDeliveryId, the same over all attempts, so that receivers can tell a repeat; as backstitchHops, through how many deliveries it came to be.",
    },
    source: { ...source, description: "Absent: the service's." },
    resources: { type: "array", items: { type: "string", maxLength: 2_048 }, maxItems: 100, description: "ARNs that the event is about." },
    time: { type: "string", description: "RFC 3339. Absent: when AWS takes the event." },
  },
  required: ["detailType", "detail"],
  additionalProperties: false,
} as const satisfies JsonSchema;

export type EventBridgeConfig = FromSchema<typeof config>;
type PutArgs = FromSchema<typeof args>;

interface EventBridgeClient {
  readonly sdk: typeof Sdk;
  readonly aws: Sdk.EventBridgeClient;
  readonly config: EventBridgeConfig;
}

/** Amazon EventBridge: puts events on a bus. */
export const eventbridge: Connector<EventBridgeConfig, EventBridgeClient, { readonly put: Action<EventBridgeClient, PutArgs> }> = {
  type: "eventbridge",
  summary: "Amazon EventBridge: puts events on a bus.",
  config,
  async connect(settings) {
    const sdk = await loadSdk("eventbridge", "@aws-sdk/client-eventbridge", () => import("@aws-sdk/client-eventbridge"));
    return { sdk, aws: new sdk.EventBridgeClient(clientOptions(settings)), config: settings };
  },
  close: ({ aws }) => aws.destroy(),
  actions: {
    put: action({ summary: "Puts one event on the bus.", args, repeat: "repeats", run: put, cost: { entries: () => 1 } }),
  },
};

/** EventBridge without engine, journal or project: see {@link Calls}. */
export function createEventBridge(config: Plainly<EventBridgeConfig>): Calls<typeof eventbridge> {
  return plain(eventbridge, config);
}

async function put({ sdk, aws, config }: EventBridgeClient, event: PutArgs, attempt: AttemptContext): Promise<Receipt> {
  const entry = entryOf({
    source: event.source ?? config.source,
    detailType: event.detailType,
    detail: event.detail,
    resources: event.resources,
    time: event.time,
    bus: config.bus,
    deliveryId: attempt.deliveryId,
    hops: attempt.hops,
    traceparent: attempt.traceparent,
  });
  const request = new sdk.PutEventsCommand({ Entries: [entry] });
  const answer = await answered(eventbridgeFailures, aws, () => aws.send(request, { abortSignal: attempt.signal }));
  const result = answer.Entries?.[0];
  if (result?.ErrorCode !== undefined) throw entryFailure(result.ErrorCode);
  if (typeof result?.EventId !== "string" || (answer.FailedEntryCount ?? 0) > 0) {
    throw new ConnectorError(
      "uncertain",
      "EVENTBRIDGE_ANSWER_UNREADABLE",
      "EventBridge answered without an event id, so the event may be on the bus.",
    );
  }
  return { id: result.EventId };
}
