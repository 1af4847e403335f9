import type { Memory } from "./memory.ts";
import { createRecords, type RecordsOptions } from "./records.ts";

export interface DurableOptions extends RecordsOptions {
  readonly failed: (error: unknown) => void;
}

/** Kept back from asking the layer, to answer Lambda in. */
const ANSWER_MS = 250;
/** As many connections as an AWS client opens: what waits for one longer than it takes to connect would pass for a table that cannot be reached. */
const ASKED_AT_ONCE = 50;

/** The container's memory before a layer that outlasts it. What cannot be asked is told of, and unknown. */
export function durableMemory({ failed, ...options }: DurableOptions): Memory {
  const { container, remaining } = options;
  const records = createRecords(options);
  const inTurn = createTurns(ASKED_AT_ONCE);

  async function ask<T, E>(asked: () => Promise<T>, otherwise: E, turn: Turn = "first"): Promise<T | E> {
    try {
      return await inTurn(turn, (hasWaited) => {
        const left = remaining() - ANSWER_MS;
        // All that wait are told at once, or there would be no time to answer in.
        return hasWaited && left <= 0 ? Promise.reject(late()) : within(left, asked);
      });
    } catch (error) {
      failed(error);
      return otherwise;
    }
  }

  return {
    recall(deliveryId) {
      const here = container.recall(deliveryId);
      return here === undefined ? ask(() => records.stored(deliveryId), "unknown", "last") : Promise.resolve(here.state);
    },
    begin: (deliveryId) => ask(() => records.begun(deliveryId), "unknown"),
    async note(deliveryId, state) {
      const isSaved = await ask(() => records.saved(deliveryId, state), false);
      await ask(() => records.givenBack(deliveryId), undefined);
      return isSaved;
    },
    forget: (deliveryId) => ask(() => records.removed(deliveryId), undefined),
  };
}

/** `last`: after all that is under way already, which a whole batch that is only being looked up must not keep waiting. */
type Turn = "first" | "last";

/** Lets so many work at a time, in the order in which they came. */
function createTurns(most: number): <T>(turn: Turn, work: (hasWaited: boolean) => Promise<T>) => Promise<T> {
  const waiting: { readonly [turn in Turn]: (() => void)[] } = { first: [], last: [] };
  let underWay = 0;
  return async (turn, work) => {
    const hasWaited = underWay >= most;
    if (hasWaited) await new Promise<void>((resolve) => waiting[turn].push(resolve));
    else underWay += 1;
    try {
      return await work(hasWaited);
    } finally {
      const next = waiting.first.shift() ?? waiting.last.shift();
      if (next === undefined) underWay -= 1;
      else next();
    }
  };
}

function late(): Error {
  return new Error("It gave no answer before the function's time was up.");
}

/** What is not answered in time has failed: Lambda would end the function while it waits. */
async function within<T>(ms: number, asked: () => Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), Math.max(0, ms));
  try {
    return await Promise.race([asked(), promise]);
  } finally {
    clearTimeout(timer);
  }
}
