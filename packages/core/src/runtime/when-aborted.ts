/** Whoever is told when a signal aborts. */
const told = new WeakMap<AbortSignal, Told>();

interface Told {
  readonly each: Set<() => void>;
  readonly listener: () => void;
}

/**
 * Calls `then` when the signal aborts. Thousands of attempts share the signal of a process: it has one listener for all of them, since each that is added to it
 * is compared with all that it has.
 * @param then Not called where the signal has aborted before.
 * @returns What ends that, to be called in any case.
 */
export function whenAborted(signal: AbortSignal, then: () => void): () => void {
  const { each, listener } = told.get(signal) ?? listen(signal);
  each.add(then);
  return () => {
    if (!each.delete(then) || each.size > 0) return;
    signal.removeEventListener("abort", listener);
    told.delete(signal);
  };
}

function listen(signal: AbortSignal): Told {
  const each = new Set<() => void>();
  const listener = (): void => {
    for (const then of each) then();
  };
  signal.addEventListener("abort", listener, { once: true });
  const begun = { each, listener };
  told.set(signal, begun);
  return begun;
}
