import { encodeValue, type Row } from "@backstitch/core/values";
import { createRandom } from "../support/random.ts";
import type { Oracle, Trial, Verdict } from "./oracle.ts";
import { ourVerdicts, printed } from "./ours.ts";
import { shrink } from "./shrink.ts";

export interface FuzzOptions {
  /** How many pairs of a rule and an event are tried at least: a trial is not cut short. */
  readonly count: number;
  readonly seed: number;
  /** Is told every difference, made small. */
  readonly tell: (text: string) => void;
}

/** The line that a run ends with. */
export interface FuzzResult {
  readonly name: string;
  readonly count: number;
  readonly seed: number;
  readonly differences: number;
}

/** More would hide the first. */
const MOST_TOLD = 10;

/** Tries random conditions on random events here and with the oracle. The same seed makes the same trials. */
export async function fuzz(oracle: Oracle, { count, seed, tell }: FuzzOptions): Promise<FuzzResult> {
  let differences = 0;
  let tried = 0;
  for (let index = 0; tried < count; index += 1) {
    const trial = oracle.trial(createRandom(Math.imul(seed, 0x9e3779b1) + Math.imul(index, 0x85ebca6b)));
    tried += trial.whens.length * trial.events.length;
    for (const difference of await differing(oracle, trial)) {
      differences += 1;
      if (differences <= MOST_TOLD) tell(await reproduction(oracle, difference));
    }
  }
  return { name: oracle.name, count: tried, seed, differences };
}

/** The pairs of one rule and one event that the two do not agree about. */
async function differing(oracle: Oracle, trial: Trial): Promise<Trial[]> {
  const ours = await ourVerdicts(trial);
  const theirs = await oracle.verdicts(trial);
  return trial.whens.flatMap((when, rule) =>
    trial.events.flatMap((event, at) => (ours[rule]?.[at] === theirs[rule]?.[at] ? [] : [{ ...trial, whens: [when], events: [event] }])),
  );
}

async function reproduction(oracle: Oracle, trial: Trial): Promise<string> {
  const wanted = await pairOf(oracle, trial);
  const least = await shrink(trial, async (smaller) => {
    // What is left may be no condition any more.
    const found = await pairOf(oracle, smaller).catch(() => undefined);
    return found !== undefined && found.ours === wanted.ours && found.theirs !== found.ours;
  });
  const { ours, theirs } = await pairOf(oracle, least);
  const named = Object.entries(least.conditions).map(([name, condition]) => `  conditions/${name}.json ${printed(condition)}\n`);
  const event = encodeValue((least.events[0] ?? {}) as Row);
  return `Ours says ${ours}, ${oracle.name} says ${theirs}:\n  when ${least.whens.map(printed).join()}\n${named.join("")}  event ${event}`;
}

async function pairOf(oracle: Oracle, trial: Trial): Promise<Record<"ours" | "theirs", Verdict | undefined>> {
  const [[ours] = []] = await ourVerdicts(trial);
  const [[theirs] = []] = await oracle.verdicts(trial);
  return { ours, theirs };
}
