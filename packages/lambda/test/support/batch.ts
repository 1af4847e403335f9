import { deliveryKey, laneId, type FailedMatch, type Matched, type NewDelivery, type RuleSet } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import type { DynamoDbStreamEvent } from "@backstitch/lambda";
import type { AttributeValue, DynamoDbRecord } from "@backstitch/sources/decoders";

/** One record of a test's batch; what it asks for is written into the item itself, and the rule set below obeys it. */
export interface Item {
  readonly name: string;
  /** Items of one key share a lane. @default the name */
  readonly key?: string;
  /** @default sink */
  readonly service?: string;
  readonly action?: string;
  readonly hold?: boolean;
  /** Epoch milliseconds. @default never */
  readonly expiresAt?: number;
  /** `no-match`, `failed-match`, `throws`, `undecided`, `unreadable`, `nameless`: without sequence number. */
  readonly kind?: string;
}

export const ARN = "arn:aws:dynamodb:eu-central-1:123456789012:table/orders/stream/2026-11-20T10:00:00.000";

/** Sequence numbers are the index plus 100. */
export function batchOf(items: readonly Item[]): DynamoDbStreamEvent {
  return { Records: items.map(recordOf) };
}

function recordOf(item: Item, index: number): DynamoDbRecord {
  const image: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(item)) image[name] = typeof value === "boolean" ? { BOOL: value } : { S: String(value) };
  return {
    eventID: `event-${item.name}`,
    eventName: item.kind === "unreadable" ? undefined : "INSERT",
    eventSourceARN: ARN,
    awsRegion: "eu-central-1",
    dynamodb: {
      ApproximateCreationDateTime: 1_790_000_000,
      Keys: { key: { S: item.key ?? item.name } },
      NewImage: image,
      ...(item.kind === "nameless" ? {} : { SequenceNumber: String(100 + index) }),
      StreamViewType: "NEW_AND_OLD_IMAGES",
    },
  };
}

/** Asks for one delivery an event, as its item says. */
export const rules: RuleSet = {
  hash: "test",
  entry: () => undefined,
  match(events) {
    const matched = { deliveries: [] as NewDelivery[], failures: [] as FailedMatch[], undecided: [] as Matched["undecided"][number][] };
    for (const event of events) {
      const kind = event.after?.["kind"];
      const about = { key: deliveryKey(event.id, "rule", "sink.send"), eventId: event.id, rule: "rule", then: "sink.send" };
      const { service, action } = target(event);
      if (kind === "throws") throw new TypeError("a bug");
      else if (kind === "undecided") matched.undecided.push({ eventId: event.id, rule: "rule", paths: ["before.x"] });
      else if (kind === "failed-match")
        matched.failures.push({ ...about, service, action, code: "TEMPLATE_FAILED", reason: "No such field." });
      else if (kind !== "no-match") matched.deliveries.push({ ...about, ...deliveryOf(event), service, action });
    }
    return matched;
  },
};

function target(event: ChangeEvent): { readonly service: string; readonly action: string } {
  const { service = "sink", action = "send" } = event.after as { service?: string; action?: string };
  return { service, action };
}

function deliveryOf(event: ChangeEvent): Pick<NewDelivery, "args" | "lane" | "ifUncertain" | "retry" | "expiresAt"> {
  return {
    args: { name: event.after?.["name"] ?? "" },
    lane: laneId("rule", "sink.send", event.collection, JSON.stringify(event.key)),
    ifUncertain: event.after?.["hold"] === true ? "hold" : "retry",
    retry: undefined,
    expiresAt: event.after?.["expiresAt"] === undefined ? undefined : Number(event.after["expiresAt"]),
  };
}
