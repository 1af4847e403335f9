import { decodeDynamoDbRecord, type DynamoDbRecord } from "@backstitch/sources/decoders";
import type { HandlerOptions } from "../invocation.ts";
import type { BatchResponse, LambdaHandler } from "./handler.ts";
import { streamHandler } from "./stream.ts";

/** What Lambda invokes the function with: records of one shard, in order. */
export interface DynamoDbStreamEvent {
  readonly Records: readonly DynamoDbRecord[];
}

export type DynamoDbStreamHandler = LambdaHandler<DynamoDbStreamEvent, BatchResponse>;

/**
 * A Lambda handler for a DynamoDB stream. Set `FunctionResponseTypes: [ReportBatchItemFailures]` on the event source mapping: without it Lambda ignores the answer.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 *
 * One invocation matches the batch under the rules and does the deliveries: those of a lane in order, different lanes at the same time, each service within its
 * `concurrency`. When it answers, every delivery of every record before the answered one is accepted or a durable dead letter, and nothing of any record from the
 * answered one on may be repeated blindly, except where dead letters could not be sent.
 *
 * The handler throws, and Lambda sends the whole batch again, where the event is of another kind, where `marginMs` leaves no time at all, or where a record without
 * sequence number would have to be answered.
 */
export function dynamoDbStreamHandler(options: HandlerOptions): DynamoDbStreamHandler {
  return streamHandler<DynamoDbRecord>(options, {
    handler: "dynamoDbStreamHandler",
    incoming: (record) => ({ id: idOf(record), record, decode: () => [{ events: [decodeDynamoDbRecord(record, options)] }] }),
    sequenceNumber: (record) => record.dynamodb?.SequenceNumber,
  });
}

/** Also of what is no such record. */
function idOf(record: DynamoDbRecord | null): string {
  return `${record?.eventSourceARN}/${record?.eventID ?? record?.dynamodb?.SequenceNumber ?? JSON.stringify(record)}`;
}
