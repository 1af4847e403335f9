import { argsBeforehand } from "../../rules/links.ts";
import { isSuspect } from "../desk.ts";
import type { Task } from "../desks.ts";
import type { ServiceAction } from "../service.ts";
import type { Batches, Waiting } from "./batches.ts";

/**
 * Puts the delivery with those that it is sent with; undefined: it goes alone. While it waits it takes no place at its desk, so that others can join.
 * Nothing is started meanwhile: what waits when its process ends was never tried.
 * @param free Gives its place to another.
 */
export async function joined(task: Task, action: ServiceAction | undefined, { batches, free }: Gathering): Promise<Waiting | undefined> {
  const { held, service, desk } = task;
  const { delivery } = held;
  const batch = action?.batch;
  // What may end its process must not take others with it, and of what is refused here nothing is sent.
  if (action === undefined || batch === undefined || isSuspect(delivery)) return undefined;
  const args = argsBeforehand(delivery.args, action.args);
  if (action.faults(args).length > 0) return undefined;
  try {
    const limits = batch.limits(await service.client());
    const name = `${service.name}.${delivery.action}`;
    const { concurrency } = service;
    const waiting = batches.join({ name, batch, limits, args, concurrency, atOnce: desk.probing });
    if (!waiting.crowded && !desk.probing) free();
    return waiting;
  } catch {
    // Whatever fails here fails in its attempt, and is told there.
    return undefined;
  }
}

interface Gathering {
  readonly batches: Batches;
  readonly free: () => void;
}
