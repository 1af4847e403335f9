import type { BatchedCall, Batching } from "../../connector/batching.ts";
import type { AttemptContext } from "../../connector/connector.ts";
import { ConnectorError } from "../../connector/connector-error.ts";
import type { Receipt } from "../../connector/outcome.ts";

/** Where deliveries of one batch come together once each may be sent. */
export interface Rendezvous {
  /** Makes the call together with the others. Rejects with what became of it. */
  run(client: unknown, args: unknown, attempt: AttemptContext): Promise<Receipt>;
  /** One of them will not come: its guard denied it, it was done before, or its claim is not the latest. */
  leave(): void;
}

/** Whoever is not there so long after the first is left behind, and goes with others that are late: its journal or its look-up is slow. */
const LATE_MS = 1_000;

interface Arrived {
  readonly client: unknown;
  readonly call: BatchedCall<unknown>;
  readonly caller: PromiseWithResolvers<Receipt>;
}

/** @param expected How many come, or leave. */
export function rendezvous(batch: Batching<unknown, unknown>, expected: number): Rendezvous {
  let missing = expected;
  let arrived: Arrived[] = [];
  let late: ReturnType<typeof setTimeout> | undefined;

  function go(): void {
    clearTimeout(late);
    late = undefined;
    // A reload may have opened the service anew meanwhile.
    for (const [client, group] of Map.groupBy(arrived, (one) => one.client)) void make(batch, client, group);
    arrived = [];
  }

  return {
    run(client, args, attempt) {
      const caller = Promise.withResolvers<Receipt>();
      arrived.push({ client, call: { args, attempt }, caller });
      late ??= setTimeout(go, LATE_MS);
      missing -= 1;
      if (missing === 0) go();
      return caller.promise;
    },
    leave() {
      missing -= 1;
      if (missing === 0 && arrived.length > 0) go();
    },
  };
}

async function make(batch: Batching<unknown, unknown>, client: unknown, group: readonly Arrived[]): Promise<void> {
  const cut = new AbortController();
  const end = (): void => cut.abort();
  for (const { call } of group) call.attempt.signal.addEventListener("abort", end, { once: true });
  const calls = group.map(({ call }) => call);
  try {
    const answers = await batch.run(client, calls, cut.signal);
    group.forEach(({ caller }, index) => answer(caller, answers[index]));
  } catch (error) {
    for (const { caller } of group) caller.reject(error);
  }
}

function answer({ resolve, reject }: PromiseWithResolvers<Receipt>, given: Receipt | ConnectorError | undefined): void {
  if (given === undefined) reject(new Error("There is no answer for it."));
  else if (given instanceof ConnectorError) reject(given);
  else resolve(given);
}
