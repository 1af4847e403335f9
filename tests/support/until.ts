import { setTimeout as wait } from "node:timers/promises";

const DEADLINE_MS = 20_000;

/** Asks until the answer is neither undefined nor false, and returns it. @throws Error at the deadline, with what `otherwise` says. */
export async function until<Answer>(
  ask: () => Answer | Promise<Answer>,
  { within = DEADLINE_MS, otherwise = () => "" }: { readonly within?: number; readonly otherwise?: () => string } = {},
): Promise<Exclude<Answer, undefined | false>> {
  for (const end = Date.now() + within; ;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer as Exclude<Answer, undefined | false>;
    if (Date.now() > end) throw new Error(`It did not come to be within ${within} ms: ${String(ask)}\n${otherwise()}`);
    await wait(25);
  }
}
