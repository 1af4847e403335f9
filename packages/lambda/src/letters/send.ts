import type { RemainingTime } from "../delivery/budget.ts";
import type { Memory } from "../memory/memory.ts";
import type { HandlerObserver } from "../observer.ts";
import type { OrderedLetter } from "../records/read.ts";
import type { DeadLetters } from "./dead-letters.ts";

/** Kept back from sending dead letters, to answer in. */
const ANSWER_MS = 250;

export interface SendOptions {
  readonly deadLetters: DeadLetters;
  readonly memory: Memory;
  readonly observe: HandlerObserver;
  readonly context: RemainingTime;
}

/** The orders of records whose letters are not durable: these come again. */
export async function sendLetters(letters: readonly OrderedLetter[], options: SendOptions): Promise<readonly number[]> {
  const { memory, observe } = options;
  const known = await Promise.all(letters.map(({ letter }) => memory.recall(letter.deliveryId)));
  const due = letters.filter((_, index) => known[index] !== "done").sort((left, right) => left.order - right.order);
  if (due.length === 0) return [];
  const sent = due.map(({ letter }) => letter);
  try {
    await sendInTime(sent, options);
  } catch (error) {
    observe.deadLettersFailed?.(error);
    return due.map(({ order }) => order);
  }
  await Promise.all(sent.map(({ deliveryId }) => memory.note(deliveryId, "done")));
  observe.deadLettered?.(sent);
  return [];
}

async function sendInTime(letters: Parameters<DeadLetters["send"]>[0], { deadLetters, context }: SendOptions): Promise<void> {
  const limit = new AbortController();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => {
      late.reject(new Error(`${letters.length} dead letters were not taken before the function's time was up.`));
      limit.abort();
    },
    Math.max(0, context.getRemainingTimeInMillis() - ANSWER_MS),
  );
  try {
    await Promise.race([deadLetters.send(letters, limit.signal), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
