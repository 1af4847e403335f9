import type { ChangeEvent } from "@backstitch/core/source";

/** One record of an invocation, before it is read. */
export interface Incoming {
  /** What its dead letter is called where it cannot be read: the same however often the record comes. */
  readonly id: string;
  /** As Lambda gave it, its bytes among it. */
  readonly record: unknown;
  /** None where no row changed. @throws where it cannot be read; the message holds none of its values. */
  decode(): readonly ChangeEvent[];
}
