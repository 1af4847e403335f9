import type { Dispatcher } from "undici";

/** What an answer says before its body. */
export interface Answer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** An answer, and as much of its body as was to be kept. */
export interface Exchanged extends Answer {
  readonly body: Kept;
}

export interface Kept {
  readonly bytes: Buffer;
  /** Whether it is all. */
  readonly isWhole: boolean;
}

const LARGEST_BODY = 65_536;
const LONGEST_BODY_MS = 2_000;
const ONCE = { once: true } as const;
const NOTHING = Buffer.alloc(0);

/**
 * Sends one request and waits for its answer. The answer's body is read so that the connection can be used again, but not for ever, since
 * the status has said all: after 65,536 bytes, 2 seconds or an abort the connection is cut.
 * @param signal Aborts the request; before the answer has begun, its reason is thrown.
 * @param keepBytes How much of the body is kept.
 * @throws Whatever the HTTP client gives as the error.
 */
export async function exchange(
  pool: Dispatcher,
  options: Dispatcher.DispatchOptions,
  signal: AbortSignal,
  keepBytes: number,
): Promise<Exchanged> {
  const handler = new Exchange(signal, keepBytes);
  const cut = (): void => handler.cut();
  signal.addEventListener("abort", cut, ONCE);
  try {
    pool.dispatch(options, handler);
    const answer = await handler.answer;
    if (!handler.isOver) await bodyOver(handler, answer, keepBytes);
    return { status: answer.status, headers: answer.headers, body: handler.kept() };
  } finally {
    signal.removeEventListener("abort", cut);
  }
}

/** Most answers never come here: their bodies arrive with their headers. */
async function bodyOver(handler: Exchange, { headers }: Answer, keepBytes: number): Promise<void> {
  if (keepBytes === 0 && Number(headers["content-length"]) > LARGEST_BODY) return handler.cut();
  const timer = setTimeout(() => handler.cut(), LONGEST_BODY_MS);
  await new Promise<void>((over) => handler.onceOver(over));
  clearTimeout(timer);
}

/**
 * Told of a request by the HTTP client, and must not throw. Not the client's `request`: measured, a stream for each body, which nobody
 * looks at, costs a fifth of the whole.
 */
class Exchange implements Dispatcher.DispatchHandler {
  /** Whether nothing more will be told. */
  isOver = false;
  readonly #answer = Promise.withResolvers<Answer>();
  readonly #signal: AbortSignal;
  #controller: Dispatcher.DispatchController | undefined;
  #over: (() => void) | undefined;
  #bytes = 0;
  readonly #keepBytes: number;
  readonly #chunks: Buffer[] = [];
  #isWhole = false;

  constructor(signal: AbortSignal, keepBytes: number) {
    this.#signal = signal;
    this.#keepBytes = keepBytes;
  }

  get answer(): Promise<Answer> {
    return this.#answer.promise;
  }

  onceOver(over: () => void): void {
    this.#over = over;
  }

  kept(): Kept {
    const bytes = this.#chunks.length === 0 ? NOTHING : Buffer.concat(this.#chunks).subarray(0, this.#keepBytes);
    return { bytes, isWhole: this.#isWhole && bytes.length === this.#bytes };
  }

  /** Ends the request at once, with the signal's reason where it has one. What still waits for a connection is ended when that is made. */
  cut(): void {
    this.#controller?.abort(this.#signal.reason as Error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#signal.aborted) this.cut();
  }

  onResponseStart(_controller: unknown, status: number, headers: Answer["headers"]): void {
    // Below 200 it only informs: the answer is still to come.
    if (status >= 200) this.#answer.resolve({ status, headers });
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    // A copy: the client reads the next bytes into the same memory.
    if (this.#bytes < this.#keepBytes) this.#chunks.push(Buffer.from(chunk));
    this.#bytes += chunk.length;
    if (this.#bytes > LARGEST_BODY) this.cut();
  }

  onResponseEnd(): void {
    this.#isWhole = true;
    this.#end();
  }

  onResponseError(_controller: unknown, error: Error): void {
    // After the status it changes nothing.
    this.#answer.reject(error);
    this.#end();
  }

  #end(): void {
    this.isOver = true;
    this.#over?.();
  }
}
