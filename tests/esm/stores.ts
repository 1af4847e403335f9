import type { DeadLetters, HandlerOptions } from "@backstitch/lambda";
import { never } from "./clock.ts";
import type { Asker } from "./far-side.ts";
import type { World } from "./world.ts";

/** Where dead letters go: at times they are not taken, or are and nobody hears of it. */
export function lettersFor(asker: Asker & { readonly at: readonly number[] }, world: World): DeadLetters {
  const { plan, clock, random, told, happens } = world;
  return {
    async send(letters) {
      await clock.sleep(5 + random.below(50));
      if (asker.isDead) return never();
      const fails = happens(plan.faults.letters);
      if (!fails || random.below(2) === 0) told.letters.push(...letters);
      if (!fails) return;
      for (const index of asker.at) told.blindly.add(index);
      throw new Error("The letters were not taken.");
    },
  };
}

type Layer = Extract<NonNullable<HandlerOptions["remember"]>, { getRecord: unknown }>;

/** One container's view of the table: at times a request fails, or is done and nobody hears of it. */
export function tableFor(asker: Asker, { plan, clock, random, far, table, told, happens }: World): Layer {
  async function asked<T>(request: () => Promise<T>, undone: () => void = () => undefined): Promise<T> {
    await clock.sleep(1 + random.below(10));
    if (asker.isDead) return never();
    const fails = happens(plan.faults.table);
    if (!fails) return request();
    if (random.below(2) === 0) await request();
    else undone();
    throw new Error("The table did not answer.");
  }
  return {
    getRecord: (id) => asked(() => table.getRecord(id)),
    saveInProgress: (id, remaining) => asked(() => table.saveInProgress(id, remaining)),
    deleteRecord: (id) => asked(() => table.deleteRecord(id)),
    saveSuccess: (id, state) =>
      asked(
        async () => {
          await table.saveSuccess(id, state);
          if (state === "done") told.saved.add(id);
        },
        () => far.doubts.add(id),
      ),
  };
}
