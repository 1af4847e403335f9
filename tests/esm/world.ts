import { MemoryLayer } from "../../packages/lambda/test/support/layer.ts";
import type { DeadLetter } from "@backstitch/lambda";
import { createRandom, type Random } from "../support/random.ts";
import type { Clock } from "./clock.ts";
import { createFarSide, type FarSide } from "./far-side.ts";
import type { Plan } from "./plan.ts";

/** What is known of a run beside what the far side did. */
export interface Told {
  /** Durable dead letters, in the order in which they came. */
  readonly letters: DeadLetter[];
  /** Records that a queue, or Lambda itself, gave up on and kept whole. */
  readonly keptWhole: Set<number>;
  /** Records that came again though they may have been done, as only a table would know: killed, handed over twice, or with dead letters that were not taken. */
  readonly blindly: Set<number>;
  /** Deliveries of which the table says that they are done. */
  readonly saved: Set<string>;
  invocations: number;
  kills: number;
  timeouts: number;
}

export interface World {
  readonly plan: Plan;
  readonly clock: Clock;
  readonly random: Random;
  readonly far: FarSide;
  readonly table: MemoryLayer;
  readonly told: Told;
  /** So often of 1,000, while anything goes wrong. */
  happens(often: number): boolean;
}

/** What goes wrong does for so many invocations, so that a run ends. */
const RESTLESS = 60;

export function createWorld(plan: Plan, clock: Clock): World {
  const random = createRandom(plan.seed * 31 + 7);
  const far = createFarSide(random, plan.faults, clock);
  const told: Told = {
    letters: [],
    keptWhole: new Set(),
    blindly: new Set(),
    saved: new Set(),
    invocations: 0,
    kills: 0,
    timeouts: 0,
  };
  return {
    plan,
    clock,
    random,
    far,
    told,
    table: new MemoryLayer(),
    happens(often) {
      far.isCalm ||= told.invocations > RESTLESS;
      return !far.isCalm && random.below(1_000) < often;
    },
  };
}
