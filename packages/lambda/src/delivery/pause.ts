/** By the global timer, so that time can be moved in tests. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const cut = (): void => {
    clearTimeout(timer);
    resolve();
  };
  if (signal?.aborted === true) cut();
  signal?.addEventListener("abort", cut, { once: true });
  return promise;
}
