import type { Row } from "@backstitch/core/values";
import { createInvocations, type HandlerOptions } from "../invocation.ts";
import { expectBusEvent } from "../records/expect.ts";
import { decodeBusEvent, expectShape, type ShapeOptions } from "../records/shapes.ts";
import type { LambdaHandler } from "./handler.ts";
import { settleEach } from "./settle.ts";

/** The part of an event that is read. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events.html */
export interface EventBridgeEvent {
  readonly id: string;
  readonly source: string;
  readonly "detail-type": string;
  readonly detail: unknown;
}

export type EventBridgeHandlerOptions = HandlerOptions & ShapeOptions;

/** The event comes again: Lambda takes a throw for that, and there is no other answer. */
export class EventUnfinished extends Error {
  override readonly name = "EventUnfinished";
  readonly code = "EVENT_UNFINISHED";
}

/**
 * A Lambda handler for an EventBridge rule: one change event, in `detail`, or an Atlas trigger's whole event. Lambda is invoked asynchronously: it tries an event
 * again twice, and then gives it, whole, to the function's on-failure destination or dead-letter queue. Have one, or it is lost.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 *
 * Where something could not be finished for now, and nothing would be repeated blindly, the handler throws `EventUnfinished`. Else what is unfinished is a dead
 * letter, as is what can never succeed. It throws too where dead letters could not be sent.
 *
 * Lambda has parsed the event: of whole numbers beyond 2^53 in `detail` the last digits are gone. Through a queue (`sqsHandler`, `unwrap: "eventbridge"`) they are kept.
 */
export function eventBridgeHandler(options: EventBridgeHandlerOptions): LambdaHandler<EventBridgeEvent, void> {
  expectShape(options.shape);
  const begin = createInvocations(options);
  return async (event, context) => {
    expectBusEvent("eventBridgeHandler", event);
    const invocation = await begin(context);
    const record = { id: `eventbridge/${event.id}`, record: event, decode: () => decodeBusEvent(event as unknown as Row, options) };
    const again = await settleEach(invocation, await invocation.read([record]), [0]);
    if (again.size === 0) return;
    options.observe?.handedBack?.(event.id, 1);
    throw new EventUnfinished(
      `Event ${JSON.stringify(event.id)} is not finished, and is to come again: nothing of it would be repeated blindly, or its dead letters could not be sent.`,
    );
  };
}
