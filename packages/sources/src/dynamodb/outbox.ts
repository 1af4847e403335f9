import type { Batch, ChangeEvent, Positions, UnreadableRecord } from "@backstitch/core/source";
import { createGate } from "./gate.ts";

/** What the journal is to take of one partition. */
export interface Outgoing {
  readonly partition: string;
  readonly to: string;
  readonly events?: readonly ChangeEvent[];
  readonly unreadable?: readonly UnreadableRecord[];
}

/** Hands batches to the journal, one at a time over all partitions. */
export interface Outbox {
  /** Resolves when the journal has it. @throws the signal's reason, once it has aborted */
  send(outgoing: Outgoing): Promise<void>;
  /** The same, which this signal ends instead. */
  within(signal: AbortSignal): Outbox;
}

interface OutboxOptions {
  readonly source: string;
  readonly from: Positions;
  readonly accept: (batch: Batch) => Promise<void>;
  readonly signal: AbortSignal;
}

export function createOutbox({ source, from, accept, signal }: OutboxOptions): Outbox {
  const positions = new Map(from);
  const gate = createGate(1);
  const within = (ending: AbortSignal): Outbox => ({
    send: ({ partition, to, events = [], unreadable = [] }) =>
      gate.through(async () => {
        ending.throwIfAborted();
        const beside = unreadable.length === 0 ? {} : { unreadable };
        await accept({ source, partition, from: positions.get(partition), to, events, ...beside });
        positions.set(partition, to);
      }),
    within,
  });
  return within(signal);
}
