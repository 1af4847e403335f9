import { decodeEach } from "@backstitch/sources/decoders";
import type { HandlerOptions } from "../invocation.ts";
import type { Incoming } from "../records/incoming.ts";
import { expectShape, type ShapeOptions } from "../records/shapes.ts";
import type { BatchResponse, LambdaHandler } from "./handler.ts";
import { streamHandler } from "./stream.ts";

/** The part of a Kinesis record that is read. https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html */
export interface KinesisRecord {
  readonly eventID: string;
  readonly eventSource?: string;
  readonly eventSourceARN: string;
  readonly kinesis: {
    /** Base64. */
    readonly data: string;
    readonly sequenceNumber: string;
  };
}

/** What Lambda invokes the function with: records of one shard, in order. */
export interface KinesisStreamEvent {
  readonly Records: readonly KinesisRecord[];
}

export type KinesisHandlerOptions = HandlerOptions & ShapeOptions;

/**
 * A Lambda handler for a Kinesis stream of change events: from DMS, Debezium, Kinesis Data Streams for DynamoDB, or in our own lines (`backstitch`).
 * Answers as `dynamoDbStreamHandler` does, and wants the same `FunctionResponseTypes: [ReportBatchItemFailures]`.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 *
 * A shape without ids of its own has the shard and sequence number for its id: a record that its producer puts twice is then two.
 * Records that the Kinesis Producer Library has aggregated cannot be read: switch its aggregation off.
 */
export function kinesisHandler(options: KinesisHandlerOptions): LambdaHandler<KinesisStreamEvent, BatchResponse> {
  expectShape(options.shape);
  return streamHandler<KinesisRecord>(options, {
    handler: "kinesisHandler",
    incoming: (record) => incomingOf(record, options),
    sequenceNumber: (record) => record.kinesis?.sequenceNumber,
  });
}

function incomingOf(record: KinesisRecord, options: KinesisHandlerOptions): Incoming {
  const id = `${record.eventSourceARN}/${record.eventID ?? record.kinesis?.sequenceNumber ?? JSON.stringify(record)}`;
  return {
    id,
    record,
    decode() {
      if (typeof record.kinesis?.data !== "string") throw new TypeError('The record has no "kinesis.data".');
      return decodeEach(options.shape, Buffer.from(record.kinesis.data, "base64"), { ...options, id });
    },
  };
}
