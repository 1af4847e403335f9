import { runBus } from "./bus.ts";
import { inVirtualTime } from "./clock.ts";
import { createContainers } from "./containers.ts";
import { judge, type Verdict } from "./judge.ts";
import { planOf, type CarrierName } from "./plan.ts";
import { runQueue } from "./queue.ts";
import { runStream } from "./streams.ts";
import { createWorld } from "./world.ts";

export interface Round extends Verdict {
  readonly invocations: number;
  readonly kills: number;
  readonly remembers: boolean;
}

/** One event source mapping over one function, from the first record to the last. The same seed is the same run. */
export function runSeed(carrier: CarrierName, seed: number): Promise<Round> {
  return inVirtualTime(async (clock) => {
    const world = createWorld(planOf(carrier, seed), clock);
    const run = carrier === "eventbridge" ? runBus : carrier === "dynamodb" || carrier === "kinesis" ? runStream : runQueue;
    const failed = await run(world, createContainers(world)).then(() => [], messagesOf);
    const verdict = judge(world);
    const broken = [...verdict.broken, ...failed];
    const { invocations, kills } = world.told;
    return { ...verdict, broken, invocations, kills, remembers: world.plan.remembers };
  });
}

function messagesOf(error: unknown): readonly string[] {
  return [error instanceof Error ? error.message : typeof error];
}

/** What many runs came to. */
export interface Sum {
  /** Each begins with its seed. */
  readonly broken: readonly string[];
  readonly deliveries: number;
  readonly repeats: number;
  readonly letters: number;
  readonly keptWhole: number;
  readonly invocations: number;
  readonly kills: number;
  /** Runs with a table. */
  readonly remembered: number;
}

export async function runSeeds(carrier: CarrierName, seed: number, count: number): Promise<Sum> {
  const broken: string[] = [];
  const sum = { deliveries: 0, repeats: 0, letters: 0, keptWhole: 0, invocations: 0, kills: 0, remembered: 0 };
  for (let at = seed; at < seed + count; at += 1) {
    const round = await runSeed(carrier, at);
    broken.push(...round.broken.map((sentence) => `seed ${at}: ${sentence}`));
    for (const name of ["deliveries", "repeats", "letters", "keptWhole", "invocations", "kills"] as const) sum[name] += round[name];
    sum.remembered += round.remembers ? 1 : 0;
  }
  return { broken, ...sum };
}
