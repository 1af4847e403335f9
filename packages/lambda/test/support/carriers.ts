import { eventBridgeHandler, kinesisHandler, sqsHandler, type HandlerOptions } from "@backstitch/lambda";
import type { Item } from "./batch.ts";

/** Items as a carrier brings them, in our own lines. Identifiers are the items' names. */
export interface Carrier {
  /** Names that are answered as to come again; of EventBridge the one that it throws for. */
  invoke(items: readonly CarriedItem[], left: () => number): Promise<readonly string[]>;
}

export interface CarriedItem extends Item {
  /** Of a FIFO queue. */
  readonly group?: string;
  /** In its place. */
  readonly body?: string;
}

export type CarrierName = "kinesis" | "sqs" | "fifo" | "eventbridge";

export function carrier(name: CarrierName, options: HandlerOptions): Carrier {
  return name === "kinesis" ? kinesis(options) : name === "eventbridge" ? bus(options) : queue(name, options);
}

/** One line of our own. */
export function lineOf({ body, ...item }: CarriedItem): string {
  const key = { key: item.key ?? item.name };
  return body ?? JSON.stringify({ operation: "insert", collection: "orders", id: `event-${item.name}`, key, after: item });
}

function kinesis(options: HandlerOptions): Carrier {
  const handler = kinesisHandler({ ...options, shape: "backstitch" });
  return {
    async invoke(items, left) {
      const Records = items.map((item) => ({
        eventID: `shardId-000000000000:${item.name}`,
        eventSource: "aws:kinesis",
        eventSourceARN: "arn:aws:kinesis:eu-central-1:123456789012:stream/orders",
        kinesis: { data: Buffer.from(lineOf(item)).toString("base64"), sequenceNumber: item.name },
      }));
      const { batchItemFailures } = await handler({ Records }, { getRemainingTimeInMillis: left });
      return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    },
  };
}

function queue(name: "sqs" | "fifo", options: HandlerOptions): Carrier {
  const handler = sqsHandler({ ...options, shape: "backstitch" });
  return {
    async invoke(items, left) {
      const Records = items.map((item) => ({
        messageId: item.name,
        body: lineOf(item),
        eventSource: "aws:sqs",
        eventSourceARN: `arn:aws:sqs:eu-central-1:123456789012:orders${name === "fifo" ? ".fifo" : ""}`,
        attributes: { MessageGroupId: item.group },
      }));
      const { batchItemFailures } = await handler({ Records }, { getRemainingTimeInMillis: left });
      return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    },
  };
}

function bus(options: HandlerOptions): Carrier {
  const handler = eventBridgeHandler({ ...options, shape: "backstitch" });
  return {
    async invoke([item], left) {
      if (item === undefined) return [];
      const event = { id: item.name, source: "orders", "detail-type": "Change", detail: JSON.parse(lineOf(item)) as unknown };
      try {
        await handler(event, { getRemainingTimeInMillis: left });
        return [];
      } catch (error) {
        if ((error as { code?: string }).code !== "EVENT_UNFINISHED") throw error;
        return [item.name];
      }
    },
  };
}
