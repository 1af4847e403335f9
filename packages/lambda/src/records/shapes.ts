import { decodeEach, parseRecord, SHAPES, type Decoded, type DecodeOptions, type Shape } from "@backstitch/sources/decoders";
import { isRow, type Row, type Value } from "@backstitch/core/values";

/** What every handler of foreign change events is told of them. */
export interface ShapeOptions extends Pick<DecodeOptions, "keys"> {
  /** How a change event is written. */
  readonly shape: Shape;
}

/** @throws RangeError with the shapes that there are. */
export function expectShape(shape: Shape): void {
  if (!SHAPES.includes(shape)) throw new RangeError(`There is no shape ${JSON.stringify(shape)}; the shapes are ${SHAPES.join(", ")}.`);
}

/** What a queue's messages are wrapped in: a notification of SNS, or an event of EventBridge. */
export type Wrapping = "sns" | "eventbridge";

/** The change events of a message's text. @throws TypeError or RangeError where it is not what it should be. */
export function decodeText(text: string, wrapping: Wrapping | undefined, options: DecodeOptions & ShapeOptions): readonly Decoded[] {
  if (wrapping === undefined) return decodeEach(options.shape, text, options);
  const wrapped = parseRecord(text);
  if (!isRow(wrapped)) throw new TypeError("The message is not a JSON object.");
  return wrapping === "eventbridge" ? decodeBusEvent(wrapped, options) : decodeNotification(wrapped, options);
}

/** SNS sends a message as often as it likes, under one id. https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
function decodeNotification(notification: Row, options: DecodeOptions & ShapeOptions): readonly Decoded[] {
  const { Message, MessageId, TopicArn } = notification;
  if (typeof Message !== "string" || typeof MessageId !== "string") {
    throw new TypeError(
      'The message has no "Message" and "MessageId" of SNS: the subscription may have raw message delivery, and "unwrap" is not needed.',
    );
  }
  return decodeEach(options.shape, Message, { ...options, id: `${typeof TopicArn === "string" ? TopicArn : "sns"}/${MessageId}` });
}

/** The change is its `detail`, but for a shape that is an EventBridge event itself. */
export function decodeBusEvent(event: Row, options: DecodeOptions & ShapeOptions): readonly Decoded[] {
  const { id, detail } = event;
  if (typeof id !== "string" || detail === undefined) throw new TypeError('The event has no "id" and "detail" of EventBridge.');
  const record: Value = options.shape === "atlas-eventbridge" ? event : detail;
  return decodeEach(options.shape, record, { ...options, id: `eventbridge/${id}` });
}
