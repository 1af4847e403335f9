import type { Container, Remembered } from "./container.ts";
import type { LayerRecord, PersistenceLayer } from "./layer.ts";
import type { Known, Memory } from "./memory.ts";

export interface DurableOptions {
  readonly container: Container;
  readonly layer: PersistenceLayer;
  /** Milliseconds until Lambda ends the invocation. */
  readonly remaining: () => number;
  readonly now: () => number;
  readonly failed: (error: unknown) => void;
}

/** Kept back from asking the layer, to answer Lambda in. */
const ANSWER_MS = 250;

/**
 * The container's memory before a layer that outlasts it. A delivery that is begun is "in progress" there until its invocation is over; from then on
 * that says that an attempt may have happened. One that is known to be uncertain is "completed" with that word: Powertools knows no third state.
 */
export function durableMemory({ container, layer, remaining, now, failed }: DurableOptions): Memory {
  async function ask<T>(asked: Promise<T>, otherwise: (error: unknown) => T): Promise<T> {
    try {
      return await within(remaining() - ANSWER_MS, asked);
    } catch (error) {
      return otherwise(error);
    }
  }
  function told<T>(value: T): (error: unknown) => T {
    return (error) => {
      failed(error);
      return value;
    };
  }

  return {
    recall(deliveryId) {
      const here = container.recall(deliveryId);
      if (here !== undefined) return Promise.resolve(here.state);
      const asked = layer.getRecord(deliveryId).then((record) => {
        const known = knownOf(record, now());
        if (known === "done") container.note(deliveryId, { state: known, isSaved: true });
        return known;
      });
      return ask<Known>(asked, (error) => (nameOf(error) === "IdempotencyItemNotFoundError" ? "new" : told<Known>("unknown")(error)));
    },
    begin(deliveryId) {
      const asked = layer.saveInProgress(deliveryId, Math.max(1, remaining())).then((): Known => "new");
      return ask<Known>(asked, (error) => {
        if (nameOf(error) !== "IdempotencyItemAlreadyExistsError") return told<Known>("unknown")(error);
        const { existingRecord } = error as { existingRecord?: LayerRecord };
        return existingRecord === undefined ? "under-way" : knownOf(existingRecord, now());
      });
    },
    note(deliveryId, state) {
      const here = container.recall(deliveryId);
      if (here?.state === state && here.isSaved) return Promise.resolve(true);
      container.note(deliveryId, { state, isSaved: false });
      const asked = layer.saveSuccess(deliveryId, state).then(() => {
        container.note(deliveryId, { state, isSaved: true });
        return true;
      });
      return ask(asked, told(false));
    },
    forget: (deliveryId) => ask(layer.deleteRecord(deliveryId), told(undefined)),
  };
}

function knownOf(record: LayerRecord, now: number): Known {
  const status = record.getStatus();
  if (status === "EXPIRED") return "new";
  if (status === "COMPLETED") return (record.getResponse() as Remembered) === "uncertain" ? "uncertain" : "done";
  return now <= (record.inProgressExpiryTimestamp ?? 0) ? "under-way" : "uncertain";
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}

/** What is not answered in time has failed: Lambda would end the function while it waits. */
async function within<T>(ms: number, asked: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("It gave no answer before the function's time was up.")), Math.max(0, ms));
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
