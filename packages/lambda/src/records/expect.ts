/** What a handler is for, by the name that Lambda gives the source of its records. */
const HANDLERS = {
  dynamoDbStreamHandler: { from: "aws:dynamodb", subscribes: "a DynamoDB stream" },
  kinesisHandler: { from: "aws:kinesis", subscribes: "a Kinesis stream" },
  sqsHandler: { from: "aws:sqs", subscribes: "an SQS queue" },
  eventBridgeHandler: { from: "aws:events", subscribes: "an EventBridge rule" },
} as const;

export type HandlerName = keyof typeof HANDLERS;

const BUS_EVENT = "an EventBridge event";

/** Events that Lambda functions are given, and how they are told apart. */
const OTHERS: readonly (readonly [what: string, isSuch: (event: object) => boolean])[] = [
  ["an array, as EventBridge Pipes hands records over", Array.isArray],
  [BUS_EVENT, (event) => "detail-type" in event && "detail" in event],
  ["a Kafka event", (event) => (event as { eventSource?: unknown }).eventSource === "aws:kafka" || "bootstrapServers" in event],
  ["a CloudWatch Logs event", (event) => "awslogs" in event],
  ["an HTTP request", (event) => "requestContext" in event || "httpMethod" in event],
];

const NAMES: ReadonlyMap<string, string> = new Map([
  ["aws:dynamodb", "an event of a DynamoDB stream"],
  ["aws:kinesis", "an event of a Kinesis stream"],
  ["aws:sqs", "an SQS event"],
  ["aws:sns", "an SNS event"],
  ["aws:s3", "an S3 event"],
  ["aws:ses", "an SES event"],
]);

/** An invocation with an event of another kind: nothing of it was read. Lambda sends it again, since trying it as something else would lose it. */
export class EventUnexpected extends TypeError {
  override readonly name = "EventUnexpected";
  readonly code = "EVENT_UNEXPECTED";
}

/** The records of a batch. @throws EventUnexpected where one says that it is from elsewhere. */
export function expectRecords<Record>(handler: HandlerName, event: { readonly Records: readonly Record[] }): readonly Record[] {
  const records = recordsOf(event);
  if (records === undefined) throw unexpected(handler, whatIs(event));
  for (const record of records) {
    const from = sourceOf(record);
    if (from !== undefined && from !== HANDLERS[handler].from) throw unexpected(handler, NAMES.get(from) ?? `an event of ${quoted(from)}`);
  }
  return event.Records;
}

/** @throws EventUnexpected where it is none of EventBridge's. */
export function expectBusEvent(handler: HandlerName, event: unknown): void {
  const isOne = typeof event === "object" && event !== null && "detail-type" in event && "detail" in event && "id" in event;
  if (!isOne) throw unexpected(handler, whatIs(event));
}

function whatIs(event: unknown): string {
  if (event === null || typeof event !== "object") return event === null || event === undefined ? String(event) : `a ${typeof event}`;
  const from = sourceOf(recordsOf(event)?.[0]);
  if (from !== undefined) return NAMES.get(from) ?? `an event of ${quoted(from)}`;
  const other = OTHERS.find(([, isSuch]) => isSuch(event))?.[0];
  if (other !== undefined) return other;
  const names = Object.keys(event).slice(0, 8).map(quoted);
  return names.length === 0 ? "an empty object" : `an object of ${names.join(", ")}`;
}

function unexpected(handler: HandlerName, what: string): EventUnexpected {
  const { subscribes } = HANDLERS[handler];
  const meant = Object.entries(HANDLERS).find(([, { from }]) => NAMES.get(from) === what || (from === "aws:events" && what === BUS_EVENT));
  const instead = meant === undefined ? "" : `, or use ${meant[0]}`;
  return new EventUnexpected(`${handler} was given ${what}. Subscribe the function to ${subscribes}${instead}.`);
}

function recordsOf(event: unknown): readonly object[] | undefined {
  const records = typeof event === "object" && event !== null ? (event as { Records?: unknown }).Records : undefined;
  const areObjects = Array.isArray(records) && records.every((record) => typeof record === "object" && record !== null);
  return areObjects ? (records as readonly object[]) : undefined;
}

/** SNS writes it with a capital letter. */
function sourceOf(record: object | undefined): string | undefined {
  const { eventSource, EventSource } = (record ?? {}) as { eventSource?: unknown; EventSource?: unknown };
  const from = eventSource ?? EventSource;
  return typeof from === "string" ? from : undefined;
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 60));
}
