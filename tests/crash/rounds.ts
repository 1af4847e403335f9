import { setTimeout as wait } from "node:timers/promises";
import { createRandom, type Random } from "../support/random.ts";
import { type Deaths, INFLICT } from "./faults.ts";
import type { Verdict } from "./judge.ts";
import { countFaults, faultsOf, planRounds, type Round } from "./plan.ts";
import type { JournalType } from "./project.ts";
import { faultsIn, type Scene, startScene } from "./scene.ts";
import type { SourceName } from "./sources/source.ts";
import { restOf, stopAndJudge } from "./verdict.ts";
import { prepareItems, recount, write, type Written } from "./writer.ts";

export interface CrashOptions {
  /** @default postgres */
  readonly source?: SourceName;
  readonly journal: JournalType;
  readonly rounds: number;
  readonly seed: number;
  /** Rows written over all rounds. */
  readonly rows: number;
  /** Processes that share the journal; more than one needs PostgreSQL. */
  readonly workers: number;
  readonly tell: (line: string) => void;
}

export interface CrashResult extends Verdict {
  readonly events: number;
  /** How often each fault was drawn. A server's disk is filled only where the system permits to mount one. */
  readonly faults: Readonly<Record<string, number>>;
  /** Different awaits at which a process died. */
  readonly awaits: number;
  /** How often a process was killed at any time, since it came by too few awaits. */
  readonly missed: number;
  /** How often `backstitch run` was started. */
  readonly starts: number;
}

/** The longest time between signs of life and a fault. */
const LONGEST_LIFE_MS = 1_000;
const WORKS_WITHIN_MS = 5_000;

/** Writes rows, inflicts faults on what writes them on, lets everything come to rest, and judges. */
export async function crashRounds(options: CrashOptions): Promise<CrashResult> {
  const { source = "postgres", journal: type, rounds, seed, rows, workers, tell } = options;
  const random = createRandom(seed);
  await using scene = await startScene({ source, type, seed, workers });
  const plan = planRounds(rounds, faultsIn(scene), random);
  const written = await prepareItems(scene.source);
  const firstRows = written.rows;
  const deaths: Deaths = { at: new Set(), lately: new Set(), missed: 0 };
  for (const [index, round] of plan.entries()) {
    const before = deaths.at.size;
    await playRound(scene, round, { written, rows: Math.ceil(rows / rounds), random, deaths });
    const died = [...deaths.at].slice(before).map((place) => `; died at ${place}`);
    const arrived = scene.farSide.sink.arrivals.length;
    tell(`round ${index + 1}: ${round.faults.join(" and ")}; ${written.rows} rows written, ${arrived} requests arrived${died.join("")}`);
  }
  scene.remote.setClock(0);
  // One that begins anew waits for nothing that the faults made another wait for.
  scene.kept.kill();
  await write(scene.source, rows - (written.rows - firstRows), written, random);
  const rested = await restOf(scene, written);
  if (rested.unsettled > 0) tell(scene.kept.lastWords());
  const verdict = await stopAndJudge(scene, written, rested);
  return {
    ...verdict,
    events: written.rows,
    faults: countFaults(plan, faultsOf(type)),
    awaits: deaths.at.size,
    missed: deaths.missed,
    starts: scene.kept.starts(),
  };
}

interface Playing {
  readonly written: Written;
  readonly rows: number;
  readonly random: Random;
  readonly deaths: Deaths;
}

async function playRound(scene: Scene, { faults, early }: Round, { written, rows, random, deaths }: Playing): Promise<void> {
  const writing = write(scene.source, rows, written, random).then(
    () => true,
    () => false,
  );
  if (!early) await somethingArrives(scene, 1 + random.below(rows));
  await wait(random.below(LONGEST_LIFE_MS));
  const chances = faults.map(() => createRandom(random.below(2 ** 31)));
  await Promise.all(faults.map((name, index) => INFLICT[name](scene, chances[index] ?? random, deaths)));
  if (!(await writing)) await recount(scene.source, written);
}

async function somethingArrives({ farSide }: Scene, requests: number): Promise<void> {
  const wanted = farSide.sink.arrivals.length + requests;
  const giveUpAt = performance.now() + WORKS_WITHIN_MS;
  while (farSide.sink.arrivals.length < wanted && performance.now() < giveUpAt) await wait(10);
}
