import type { Containers } from "./containers.ts";
import type { PlannedRecord } from "./plan.ts";
import type { World } from "./world.ts";

/** Lambda tries an event again after one minute, and after two more. */
const PAUSES_MS = [60_000, 120_000];

/** EventBridge invokes the function asynchronously: each event by itself, at times twice; what fails three times goes, whole, to the on-failure destination. */
export async function runBus(world: World, containers: Containers): Promise<void> {
  await Promise.all(world.plan.records.map((record) => handEvent(record, world, containers)));
}

async function handEvent(record: PlannedRecord, world: World, containers: Containers): Promise<void> {
  const { plan, clock, told, random, happens } = world;
  await clock.sleep(random.below(20_000));
  if (happens(plan.faults.duplicate)) {
    told.blindly.add(record.index);
    await Promise.all([tryEvent(record, world, containers), tryEvent(record, world, containers)]);
  } else await tryEvent(record, world, containers);
}

async function tryEvent(record: PlannedRecord, { clock, told }: World, containers: Containers): Promise<void> {
  for (const pause of [...PAUSES_MS, undefined]) {
    if ((await containers.invoke([record])) !== "failed") return;
    if (pause !== undefined) await clock.sleep(pause);
  }
  told.keptWhole.add(record.index);
}
