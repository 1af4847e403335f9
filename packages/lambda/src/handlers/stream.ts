import { createInvocations, type HandlerOptions } from "../invocation.ts";
import { disposeFrom } from "../letters/dispose.ts";
import type { HandlerObserver } from "../observer.ts";
import { expectRecords, type HandlerName } from "../records/expect.ts";
import type { Incoming } from "../records/incoming.ts";
import type { BatchResponse, LambdaHandler } from "./handler.ts";

/** What tells one stream from another. */
export interface StreamKind<Record> {
  readonly handler: HandlerName;
  readonly incoming: (record: Record) => Incoming;
  readonly sequenceNumber: (record: Record) => string | undefined;
}

/** Records of one shard, in order: what cannot be finished comes again from a checkpoint on. */
export function streamHandler<Record>(
  options: HandlerOptions,
  { handler, incoming, sequenceNumber }: StreamKind<Record>,
): LambdaHandler<{ readonly Records: readonly Record[] }, BatchResponse> {
  const begin = createInvocations(options);
  return async (event, context) => {
    const records = expectRecords(handler, event);
    const invocation = await begin(context);
    const batch = await invocation.read(records.map(incoming));
    const { letters, again } = disposeFrom(batch, await invocation.deliver(batch, batch.jobs), records.length);
    const unsent = await invocation.send(letters);
    const from = Math.min(...unsent, ...again, Infinity);
    return answer(records.map(sequenceNumber), from, options.observe);
  };
}

/** A record without sequence number cannot be named, and an empty name fails the batch without saying so: the next earlier one that has a name stands in. */
function answer(sequenceNumbers: readonly (string | undefined)[], from: number, observe: HandlerObserver = {}): BatchResponse {
  if (from === Infinity) return { batchItemFailures: [] };
  for (let index = from; index >= 0; index -= 1) {
    const itemIdentifier = sequenceNumbers[index];
    if (itemIdentifier) {
      observe.handedBack?.(itemIdentifier, sequenceNumbers.length - index);
      return { batchItemFailures: [{ itemIdentifier }] };
    }
  }
  throw new Error("Records must come again, and none that could be answered has a sequence number: the whole batch comes again.");
}
