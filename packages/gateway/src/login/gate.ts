import { HttpProblem } from "../http/problem.ts";

/** Lets so many through at the same time; the others wait, and where too many do, more are sent away. */
export type Gate = <Result>(work: () => Promise<Result>) => Promise<Result>;

export function createGate({ atOnce, waiting }: { readonly atOnce: number; readonly waiting: number }): Gate {
  const queue: (() => void)[] = [];
  let under = 0;
  return async (work) => {
    if (under >= atOnce) {
      if (queue.length >= waiting) throw new HttpProblem(503, "BUSY", "Too many log in now.", { headers: { "retry-after": "5" } });
      await new Promise<void>((go) => queue.push(go));
    } else under++;
    try {
      return await work();
    } finally {
      const next = queue.shift();
      // Whoever waited takes the place over.
      if (next === undefined) under--;
      else next();
    }
  };
}
