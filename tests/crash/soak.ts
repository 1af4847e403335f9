import { setTimeout as wait } from "node:timers/promises";
import { median } from "../bench/line.ts";
import { readResident } from "../memory/resident.ts";
import { createRandom, type Random } from "../support/random.ts";
import { INFLICT } from "./faults.ts";
import type { Verdict } from "./judge.ts";
import type { FaultName } from "./plan.ts";
import type { JournalType } from "./project.ts";
import { faultsIn, type Scene, startScene } from "./scene.ts";
import { restOf, stopAndJudge } from "./verdict.ts";
import { type Pace, prepareItems, recount, write, type Written } from "./writer.ts";

export interface SoakOptions {
  readonly journal: JournalType;
  readonly seconds: number;
  readonly seed: number;
  readonly tell: (line: string) => void;
}

export interface SoakResult extends Verdict {
  readonly events: number;
  /** What one process was seen to take, with nothing amiss; half of it is written. */
  readonly mostRowsPerSecond: number;
  readonly faults: number;
  /** Of the process, in megabytes: medians of the second fifth of the time and of the last, and the most. */
  readonly resident: { readonly early: number; readonly late: number; readonly most: number };
  /** Whether late is at most a tenth, and 10 MB, above early. */
  readonly flat: boolean;
}

/** Rows that are written at once to see how fast they are delivered. */
const BURST = 5_000;
const STEADY: Pace = { notesPercent: 4, longestPauseMs: 10 };
const AT_ONCE: Pace = { notesPercent: 0, longestPauseMs: 1 };
const TELL_EVERY = 60;

/** Writes half of what one living process can take, with a fault about every second, lets everything come to rest, and judges. */
export async function soak({ journal: type, seconds, seed, tell }: SoakOptions): Promise<SoakResult> {
  const random = createRandom(seed);
  await using scene = await startScene({ source: "postgres", type, seed, workers: 1 });
  const written = await prepareItems(scene.source);
  const mostRowsPerSecond = await highestRate(scene, written, random);
  tell(`${Math.round(mostRowsPerSecond)} rows/s at most`);
  // What a process outlives: of what it holds in memory only a long life tells.
  const faults = faultsIn(scene).filter((name) => !name.startsWith("process-"));
  const residents: number[] = [];
  const until = performance.now() + seconds * 1_000;
  while (performance.now() < until) {
    const name = faults[random.below(faults.length)] ?? "responses-lost";
    await playSecond(scene, name, { written, rows: Math.ceil(mostRowsPerSecond / 2), random });
    residents.push((await readResident(scene.kept.pid())).nowMb);
    if (residents.length % TELL_EVERY === 0) tell(`${residents.length} faults, ${written.rows} rows written, ${residents.at(-1)} MB`);
  }
  scene.remote.setClock(0);
  scene.kept.nudge();
  const rested = await restOf(scene, written);
  const { mostMb } = await readResident(scene.kept.pid());
  const verdict = await stopAndJudge(scene, written, rested);
  const [early, late] = [fifthOf(residents, 1), fifthOf(residents, 4)];
  const flat = late <= early * 1.1 + 10;
  const resident = { early, late, most: mostMb };
  return { ...verdict, events: written.rows, mostRowsPerSecond, faults: residents.length, resident, flat };
}

async function highestRate(scene: Scene, written: Written, random: Random): Promise<number> {
  await (await restOf(scene, written)).journal.close();
  const began = performance.now();
  await write(scene.source, BURST, written, random, AT_ONCE);
  await (await restOf(scene, written)).journal.close();
  return BURST / ((performance.now() - began) / 1_000);
}

interface Second {
  readonly written: Written;
  readonly rows: number;
  readonly random: Random;
}

/** At least one: a server that is killed takes longer to come back. */
async function playSecond(scene: Scene, name: FaultName, { written, rows, random }: Second): Promise<void> {
  const chance = createRandom(random.below(2 ** 31));
  const writing = write(scene.source, rows, written, random, STEADY).then(
    () => true,
    () => false,
  );
  await Promise.all([INFLICT[name](scene, chance, { at: new Set(), lately: new Set(), missed: 0 }), wait(1_000)]);
  if (!(await writing)) await recount(scene.source, written);
}

function fifthOf(residents: readonly number[], nth: number): number {
  const fifth = Math.floor(residents.length / 5);
  return median(residents.slice(nth * fifth, (nth + 1) * fifth));
}
