import { createInvocations, type HandlerOptions } from "../invocation.ts";
import { expectRecords } from "../records/expect.ts";
import type { Incoming } from "../records/incoming.ts";
import { decodeText, expectShape, type ShapeOptions, type Wrapping } from "../records/shapes.ts";
import type { BatchResponse, LambdaHandler } from "./handler.ts";
import { settleEach } from "./settle.ts";

/** The part of a message that is read. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
export interface SqsMessage {
  readonly messageId: string;
  readonly body: string;
  readonly eventSource?: string;
  readonly eventSourceARN: string;
  readonly attributes: { readonly MessageGroupId?: string | undefined };
}

export interface SqsEvent {
  readonly Records: readonly SqsMessage[];
}

export type SqsHandlerOptions = HandlerOptions &
  ShapeOptions & {
    /** What is around the change event in a message's body. @default nothing */
    readonly unwrap?: Wrapping;
  };

/**
 * A Lambda handler for an SQS queue of change events. Set `FunctionResponseTypes: [ReportBatchItemFailures]` on the event source mapping, and a redrive policy on the
 * queue: a message that is answered as failed comes again after its visibility timeout, as often as that policy says, and then goes to the queue's own dead letters.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 *
 * A message is answered as failed where something of it could not be finished for now (no time left, the far side away, the service locked out) and nothing of it
 * would be repeated blindly. Else what is unfinished is a dead letter, as is what can never succeed, and the message is done with.
 * Of a FIFO queue the messages of a group are taken one after the other: after one that is answered as failed, all later ones of its group are too, unbegun.
 */
export function sqsHandler(options: SqsHandlerOptions): LambdaHandler<SqsEvent, BatchResponse> {
  expectShape(options.shape);
  const begin = createInvocations(options);
  return async (event, context) => {
    const messages = expectRecords("sqsHandler", event);
    const invocation = await begin(context);
    const batch = await invocation.read(messages.map((message) => incomingOf(message, options)));
    const again = await settle(messages, (orders) => settleEach(invocation, batch, orders));
    const failed = messages.filter((_, order) => again.has(order)).map(({ messageId }) => ({ itemIdentifier: messageId }));
    if (failed[0] !== undefined) options.observe?.handedBack?.(failed[0].itemIdentifier, failed.length);
    return { batchItemFailures: failed };
  };
}

/** Does what these records ask for. Gives those that come again. */
type Settle = (orders: readonly number[]) => Promise<ReadonlySet<number>>;

async function settle(messages: readonly SqsMessage[], settleThese: Settle): Promise<ReadonlySet<number>> {
  const orders = [...messages.keys()];
  const groups = Map.groupBy(orders, (order) => groupOf(messages[order]));
  const again = await Promise.all(
    [...groups].map(([group, ofGroup]) => (group === undefined ? settleThese(ofGroup) : settleInTurn(ofGroup, settleThese))),
  );
  return new Set(again.flatMap((of) => [...of]));
}

/** A standard queue's messages may have groups too, which say nothing of their order there. */
function groupOf(message: SqsMessage | undefined): string | undefined {
  return message?.eventSourceARN?.endsWith(".fifo") === true ? (message.attributes?.MessageGroupId ?? "") : undefined;
}

async function settleInTurn(orders: readonly number[], settleThese: Settle): Promise<ReadonlySet<number>> {
  for (const [index, order] of orders.entries()) {
    const again = await settleThese([order]);
    if (again.size > 0) return new Set(orders.slice(index));
  }
  return new Set();
}

function incomingOf(message: SqsMessage, options: SqsHandlerOptions): Incoming {
  const id = `${message.eventSourceARN}/${message.messageId}`;
  return { id, record: message, decode: () => decodeText(bodyOf(message), options.unwrap, { ...options, id }) };
}

function bodyOf({ body }: SqsMessage): string {
  if (typeof body !== "string") throw new TypeError('The message has no "body".');
  return body;
}
