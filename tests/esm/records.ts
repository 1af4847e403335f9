import type { CarrierName, PlannedRecord } from "./plan.ts";

const REGION = "eu-central-1:123456789012";
const ARNS: { readonly [carrier in CarrierName]: string } = {
  dynamodb: `arn:aws:dynamodb:${REGION}:table/rows/stream/2026-11-20T10:00:00.000`,
  kinesis: `arn:aws:kinesis:${REGION}:stream/rows`,
  sqs: `arn:aws:sqs:${REGION}:rows`,
  fifo: `arn:aws:sqs:${REGION}:rows.fifo`,
  eventbridge: "",
};

/** A record as its carrier brings it. Its identifier is its index. */
export function carried(carrier: CarrierName, record: PlannedRecord): unknown {
  const id = String(record.index);
  const eventSourceARN = ARNS[carrier];
  switch (carrier) {
    case "dynamodb": {
      const dynamodb = { Keys: { key: { S: record.key } }, NewImage: { spec: { S: JSON.stringify(record) } }, SequenceNumber: id };
      const eventName = record.kind === "unreadable" ? "BROKEN" : "INSERT";
      return { eventID: `e${id}`, eventName, eventSource: "aws:dynamodb", eventSourceARN, awsRegion: "eu-central-1", dynamodb };
    }
    case "kinesis": {
      const data = Buffer.from(lineOf(record)).toString("base64");
      return { eventID: `shard:${id}`, eventSource: "aws:kinesis", eventSourceARN, kinesis: { data, sequenceNumber: id } };
    }
    case "sqs":
    case "fifo":
      return { messageId: id, body: lineOf(record), eventSource: "aws:sqs", eventSourceARN, attributes: { MessageGroupId: record.group } };
    case "eventbridge":
      return { id, source: "rows", "detail-type": "Change", detail: record.kind === "unreadable" ? {} : JSON.parse(lineOf(record)) };
  }
}

function lineOf(record: PlannedRecord): string {
  const line = { id: `e${record.index}`, operation: "insert", collection: "rows", key: { key: record.key } };
  return record.kind === "unreadable" ? "{broken" : JSON.stringify({ ...line, after: { spec: JSON.stringify(record) } });
}

/** Which record it was: by its identifier, whatever carried it. */
export function indexOf(record: unknown): number {
  const { dynamodb, kinesis, messageId, id } = record as {
    readonly dynamodb?: { readonly SequenceNumber: string };
    readonly kinesis?: { readonly sequenceNumber: string };
    readonly messageId?: string;
    readonly id?: string;
  };
  return Number(dynamodb?.SequenceNumber ?? kinesis?.sequenceNumber ?? messageId ?? id);
}
