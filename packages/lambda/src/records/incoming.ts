import type { Decoded } from "@backstitch/sources/decoders";

/** One record of an invocation, before it is read. */
export interface Incoming {
  /** What its dead letter is called where it cannot be read: the same however often the record comes. */
  readonly id: string;
  /** As Lambda gave it, its bytes among it. */
  readonly record: unknown;
  /** One, or as many as its producer put into it. @throws where it cannot be read at all; the message holds none of its values. */
  decode(): readonly Decoded[];
}
