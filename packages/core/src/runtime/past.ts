import type { Past, PastAttempts } from "../connector/connector.ts";
import type { DeliveryRecord, RecordedOutcome } from "../journal/delivery.ts";
import type { Journal } from "../journal/journal.ts";
import { TOO_EARLY, wasSent } from "./attempt.ts";

/**
 * What the journal knows of the attempts at a delivery that is under way, and at those that are alike.
 * @param alikeOf Is asked only by a look-up: most attempts need none.
 */
export function pastOf(journal: Journal, id: string, alikeOf: () => string | undefined): Past {
  return {
    async own() {
      const record = await journal.delivery(id);
      if (record === undefined) throw new Error(`The journal does not know the delivery ${id}, which is under way.`);
      return { ...attemptsOf(record), underWay: false };
    },
    async others() {
      const alike = alikeOf();
      const all = alike === undefined ? [] : await journal.alike(alike);
      return all.filter((record) => record.id !== id).map(attemptsOf);
    },
  };
}

function attemptsOf({ id, recordedAt, state, outcomes }: DeliveryRecord): PastAttempts {
  const sent = outcomes.findLastIndex(mayBeDone);
  return {
    deliveryId: id,
    recordedAt,
    receipts: outcomes.flatMap(({ outcome }) =>
      outcome.kind === "accepted" && outcome.receipt.id !== undefined ? [outcome.receipt.id] : [],
    ),
    doubts: Math.max(0, doubtsOf(outcomes)),
    underWay: state === "started",
    askedAgain: outcomes.some(({ outcome }, index) => index > sent && outcome.kind === "uncertain" && outcome.code === TOO_EARLY),
  };
}

function mayBeDone({ outcome }: RecordedOutcome): boolean {
  return outcome.kind === "uncertain" ? wasSent(outcome) : outcome.kind === "rejected" && outcome.mayBeDone === true;
}

/** What was looked up leaves none: that it was not done, so that it was done then, or that it was, once. */
function doubtsOf(outcomes: readonly RecordedOutcome[]): number {
  let doubts = 0;
  for (const recorded of outcomes) {
    const { outcome } = recorded;
    if (mayBeDone(recorded)) doubts += 1;
    else if (outcome.kind === "accepted" && outcome.receipt["reconciled"] === false) doubts = 0;
    else if (outcome.kind === "accepted" && outcome.receipt["reconciled"] === true) doubts -= 1;
  }
  return doubts;
}
