import { addresseesOf, hasAddressees } from "../connector/recipients.ts";
import type { Failure, Outcome } from "../connector/outcome.ts";
import type { ClaimedDelivery } from "../journal/delivery.ts";
import type { Journal } from "../journal/journal.ts";
import type { Addressed, News, Suppression } from "../journal/news.ts";
import type { Ending } from "./desk.ts";
import { gather, type GatherOptions } from "./gather.ts";
import type { Patience } from "./patience.ts";
import type { Service, ServiceAction } from "./service.ts";

/** The code of what is not sent, since a recipient is suppressed. */
export const SUPPRESSED = "SUPPRESSED";

export interface SuppressingOptions {
  readonly journal: Pick<Journal, "suppressed" | "learn">;
  readonly patience: Patience;
  readonly abandon: AbortSignal;
  readonly gathering: GatherOptions;
}

/** Keeps messages from those who are sent nothing, and learns who they are. */
export interface Suppressing {
  /** The end of one that is not sent; undefined: nobody to whom it goes is suppressed. */
  endingOf(delivery: ClaimedDelivery, action: ServiceAction | undefined): Promise<Ending | undefined>;
  /** Keeps it where an outcome says that its recipient is sent nothing more. @param at Epoch milliseconds */
  note(outcome: Outcome, of: { readonly delivery: ClaimedDelivery; readonly service: Service; readonly at: number }): Promise<void>;
}

export function createSuppressing({ journal, patience, abandon, gathering }: SuppressingOptions): Suppressing {
  const suppressed = gather((asked: readonly Addressed[]) => patience.whenThereIsRoom(() => journal.suppressed(asked), abandon), gathering);
  const learn = gather((news: readonly News[]) => patience.whenThereIsRoom(() => journal.learn(news), abandon), gathering);
  return {
    async endingOf({ service, args, uncertain }, action) {
      if (action === undefined || !hasAddressees(action.args)) return undefined;
      const addresses = addresseesOf(args, action.args);
      const found = addresses.length === 0 ? [] : await suppressed({ service, addresses });
      if (found.length === 0) return undefined;
      const outcome = { ...suppressedOutcome(found, addresses.length), ...(uncertain ? { mayBeDone: true } : {}) };
      return { state: "rejected", outcome };
    },
    async note(outcome, { delivery, service, at }) {
      const { id: deliveryId, args } = delivery;
      const action = service.action(delivery.action);
      if (outcome.kind !== "rejected" || action === undefined || service.receipts?.suppressedBy.has(outcome.code) !== true) return;
      const suppress = addresseesOf(args, action.args);
      // Of several nobody can tell which it is.
      if (suppress.length === 1) await learn({ service: service.name, at, deliveryId, code: outcome.code, suppress });
    },
  };
}

/** Holds no recipient. */
export function suppressedOutcome(found: readonly Suppression[], many: number): Failure<"rejected"> {
  const codes = [...new Set(found.map(({ code }) => code))].join(", ");
  const who = many === 1 ? "The recipient is" : `${found.length} of ${many} recipients ${found.length === 1 ? "is" : "are"}`;
  const reason = `${who} on the suppression list (${codes}). "backstitch suppressions" shows it, and takes off whoever wants messages again.`;
  return { kind: "rejected", code: SUPPRESSED, reason };
}
