import type { Answer, Containers } from "./containers.ts";
import type { PlannedRecord } from "./plan.ts";
import type { World } from "./world.ts";

/** Lambda waits longer and longer before it tries a batch again. */
const BACKOFF_MS = 500;

/** A shard's event source mapping: by the parallelization factor several batches at a time, of different keys; each goes on from its checkpoint. */
export async function runStream(world: World, containers: Containers): Promise<void> {
  const { records, parallelizationFactor } = world.plan;
  const parts = Map.groupBy(records, ({ key }) => Number(key.slice(1)) % parallelizationFactor);
  await Promise.all([...parts.values()].map((part) => runPart(part, world, containers)));
}

async function runPart(records: readonly PlannedRecord[], world: World, containers: Containers): Promise<void> {
  const { plan, clock } = world;
  /** What of a batch that failed is tried by itself: ends of its pieces, the nearest last. */
  const ends: number[] = [];
  for (let from = 0; from < records.length;) {
    while (ends.length > 0 && (ends.at(-1) ?? 0) <= from) ends.pop();
    const to = ends.at(-1) ?? Math.min(from + plan.batchSize, records.length);
    const batch = records.slice(from, to);
    const passed = passedBy(await answerTo(batch, world, containers), batch);
    from += passed;
    if (passed === batch.length) continue;
    const left = to - from;
    if (plan.bisects && left > 1) ends.push(to, from + Math.ceil(left / 2));
    else ends.push(to);
    await clock.sleep(BACKOFF_MS);
  }
}

/** How many records are done with: up to the lowest sequence number that is answered. A name that is none of the batch's fails all of it. */
function passedBy(answer: Answer, batch: readonly PlannedRecord[]): number {
  if (answer === "failed") return 0;
  const at = answer.map((name) => batch.findIndex(({ index }) => String(index) === name));
  return at.includes(-1) ? 0 : Math.min(batch.length, ...at);
}

/** At times a batch is handed over twice, at the same time or one after the other, or what the function answered never arrives. */
async function answerTo(batch: readonly PlannedRecord[], { plan, told, happens, random }: World, containers: Containers): Promise<Answer> {
  if (!happens(plan.faults.duplicate)) return containers.invoke(batch);
  for (const { index } of batch) told.blindly.add(index);
  const way = random.below(3);
  if (way === 0) return (await Promise.all([containers.invoke(batch), containers.invoke(batch)]))[0];
  await containers.invoke(batch);
  return way === 1 ? "failed" : containers.invoke(batch);
}
