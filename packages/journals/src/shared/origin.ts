import type { Matched } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";

/** What is told of a delivery by its event. */
export interface Origin {
  /** Epoch milliseconds; undefined: that is not known. */
  readonly committedAt: number | undefined;
  /** W3C `traceparent` of the event's span. */
  readonly trace: string | undefined;
  /** Through how many deliveries the event came to be; undefined: nobody told. */
  readonly hops: number | undefined;
}

/** @param event Undefined where the batch does not have it. */
export function originOf(event: ChangeEvent | undefined, { traces }: Matched): Origin {
  if (event === undefined) return { committedAt: undefined, trace: undefined, hops: undefined };
  const committedAt = Date.parse(event.committedAt);
  return { committedAt: Number.isNaN(committedAt) ? undefined : committedAt, trace: traces?.get(event.id), hops: event.hops };
}
