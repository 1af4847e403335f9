import type { Random } from "../support/random.ts";
import type { JournalType } from "./project.ts";

const EVERYWHERE = [
  "process-at-await",
  "process-at-any-time",
  "source-server-killed",
  "source-connection-cut",
  "source-half-open",
  "peers-killed",
  "peers-half-open",
  "responses-lost",
  "responses-bad",
  "disk-full",
  "clock-forward",
  "clock-back",
] as const;
const OVER_A_NETWORK = ["journal-server-killed", "journal-connection-cut", "journal-half-open"] as const;

/** What may be done to a run. */
export type FaultName = (typeof EVERYWHERE)[number] | (typeof OVER_A_NETWORK)[number];

/** A death is what the promises are about: it comes so many times as often as each other fault. */
const DEATHS = 3;

export interface Round {
  /** One, or two at once. */
  readonly faults: readonly FaultName[];
  /** Whether they come while a process may still be starting; the others wait until something arrives. */
  readonly early: boolean;
}

/** Every fault that there can be with a journal. */
export function faultsOf(journal: JournalType): readonly FaultName[] {
  return journal === "sqlite" ? EVERYWHERE : [...EVERYWHERE, ...OVER_A_NETWORK];
}

/** Deals faults like cards: none comes again before all others have come. */
export function planRounds(rounds: number, faults: readonly FaultName[], random: Random): readonly Round[] {
  const deck = [...faults, ...Array.from({ length: DEATHS - 1 }, () => "process-at-await" as const)];
  let cards: FaultName[] = [];
  const deal = (): FaultName => {
    if (cards.length === 0) cards = [...deck];
    return cards.splice(random.below(cards.length), 1)[0] as FaultName;
  };
  return Array.from({ length: rounds }, () => {
    const first = deal();
    const second = random.below(2) === 0 ? [deal()] : [];
    return { faults: [...new Set([first, ...second])], early: random.below(4) === 0 };
  });
}

/** How often each was drawn. */
export function countFaults(plan: readonly Round[], faults: readonly FaultName[]): Readonly<Record<string, number>> {
  const drawn = plan.flatMap((round) => round.faults);
  return Object.fromEntries(faults.map((name) => [name, drawn.filter((one) => one === name).length]));
}
