import type { Memory } from "./memory.ts";
import { createRecords, type RecordsOptions } from "./records.ts";

export interface DurableOptions extends RecordsOptions {
  readonly failed: (error: unknown) => void;
}

/** Kept back from asking the layer, to answer Lambda in. */
const ANSWER_MS = 250;

/** The container's memory before a layer that outlasts it. What cannot be asked is told of, and unknown. */
export function durableMemory({ failed, ...options }: DurableOptions): Memory {
  const { container, remaining } = options;
  const records = createRecords(options);

  async function ask<T, E>(asked: Promise<T>, otherwise: E): Promise<T | E> {
    try {
      return await within(remaining() - ANSWER_MS, asked);
    } catch (error) {
      failed(error);
      return otherwise;
    }
  }

  return {
    recall(deliveryId) {
      const here = container.recall(deliveryId);
      return here === undefined ? ask(records.stored(deliveryId), "unknown") : Promise.resolve(here.state);
    },
    begin: (deliveryId) => ask(records.begun(deliveryId), "unknown"),
    async note(deliveryId, state) {
      const isSaved = await ask(records.saved(deliveryId, state), false);
      await ask(records.givenBack(deliveryId), undefined);
      return isSaved;
    },
    forget: (deliveryId) => ask(records.removed(deliveryId), undefined),
  };
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
