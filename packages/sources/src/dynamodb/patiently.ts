import { StreamsFailure } from "./failures.ts";

const FIRST_PAUSE_MS = 250;
/** The last of them waits eight seconds; what lasts longer is told of, and the whole source is read again. */
const ATTEMPTS = 7;

export interface Pauses {
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Makes a call again, with growing pauses, where DynamoDB says that it was too fast or cannot just now. */
export async function patiently<Answer>(call: () => Promise<Answer>, { sleep, signal }: Pauses): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      signal.throwIfAborted();
      if (attempt === ATTEMPTS || !(error instanceof StreamsFailure) || error.kind !== "again") throw error;
    }
    await sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1), signal);
    signal.throwIfAborted();
  }
}
