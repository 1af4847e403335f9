import { createRandom, type Random } from "../support/random.ts";

export const CARRIERS = ["dynamodb", "kinesis", "sqs", "fifo", "eventbridge"] as const;
export type CarrierName = (typeof CARRIERS)[number];

export type ActionName = "send" | "find" | "put" | "post";

/** What a record's rule asks for. */
export interface Ask {
  readonly action: ActionName;
  readonly hold: boolean;
  /** The far side will not have it, however often it is tried. */
  readonly isRefused: boolean;
}

export interface PlannedRecord {
  /** Counts from 0, in the order in which the changes were made. */
  readonly index: number;
  /** Of the row: what shares it is in order. */
  readonly key: string;
  /** Of a FIFO queue: one row's changes are in one group. */
  readonly group: string;
  readonly kind: "asks" | "unreadable" | "failed";
  readonly asks: readonly Ask[];
}

/** One run: how the event source mapping is set, what it carries, and how often what goes wrong. */
export interface Plan {
  readonly carrier: CarrierName;
  readonly seed: number;
  readonly records: readonly PlannedRecord[];
  readonly remembers: boolean;
  readonly batchSize: number;
  readonly parallelizationFactor: number;
  readonly bisects: boolean;
  /** Of 1,000: how often each thing goes wrong while it does at all. */
  readonly faults: Faults;
}

export interface Faults {
  /** A container is killed in the middle of an invocation. */
  readonly kill: number;
  /** A batch is handed over twice, at the same time or afterwards; or its answer is lost. */
  readonly duplicate: number;
  readonly letters: number;
  readonly table: number;
  /** The far side did it, and its answer is lost; or it did not, and nobody knows. */
  readonly lost: number;
  readonly away: number;
  readonly throttled: number;
  readonly lockedOut: number;
}

export function planOf(carrier: CarrierName, seed: number): Plan {
  const random = createRandom(seed * 5 + CARRIERS.indexOf(carrier));
  const often = (...choices: readonly number[]): number => choices[random.below(choices.length)] ?? 0;
  const rows = { keys: 1 + random.below(4), groups: 1 + random.below(3) };
  return {
    carrier,
    seed,
    records: Array.from({ length: carrier === "eventbridge" ? 6 : 4 + random.below(20) }, (_, index) => recordOf(index, rows, random)),
    remembers: random.below(2) === 0,
    batchSize: carrier === "eventbridge" ? 1 : 1 + random.below(8),
    parallelizationFactor: 1 + random.below(3),
    bisects: random.below(2) === 0,
    faults: {
      kill: often(0, 0, 100, 300),
      duplicate: often(0, 0, 100, 300),
      letters: often(0, 0, 300),
      table: often(0, 0, 20, 100),
      lost: often(0, 50, 200),
      away: often(0, 100, 400),
      throttled: often(0, 50, 200),
      lockedOut: often(0, 0, 30),
    },
  };
}

function recordOf(index: number, { keys, groups }: { keys: number; groups: number }, random: Random): PlannedRecord {
  const chance = random.below(20);
  const kind = chance === 0 ? "unreadable" : chance === 1 ? "failed" : "asks";
  const asks = Array.from({ length: random.below(3) === 0 ? 2 : 1 }, () => askOf(random));
  const row = random.below(keys);
  return { index, key: `k${row}`, group: `g${row % groups}`, kind, asks: kind === "asks" && chance !== 2 ? asks : [] };
}

function askOf(random: Random): Ask {
  const action = (["send", "send", "find", "put", "post"] as const)[random.below(5)] ?? "send";
  return { action, hold: random.below(3) === 0, isRefused: random.below(12) === 0 };
}
