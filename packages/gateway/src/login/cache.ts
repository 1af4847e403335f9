/** What was found out and holds for a while. */
export interface Cache<Held> {
  get(key: string, now: number): Held | undefined;
  set(key: string, held: Held, until: number): void;
  clear(): void;
}

/** Holds at most so many; the oldest go first. */
export function createCache<Held>(most: number): Cache<Held> {
  const entries = new Map<string, { readonly held: Held; readonly until: number }>();
  return {
    get(key, now) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      if (entry.until > now) return entry.held;
      entries.delete(key);
      return undefined;
    },
    set(key, held, until) {
      const [oldest] = entries.size >= most && !entries.has(key) ? entries.keys() : [];
      if (oldest !== undefined) entries.delete(oldest);
      entries.set(key, { held, until });
    },
    clear: () => entries.clear(),
  };
}
