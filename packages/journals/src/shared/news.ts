import type { Outcome, Report } from "@backstitch/core/connector";
import { type News, saysMore } from "@backstitch/core/journal";

/** What is kept of a delivery's reports: the one that stands. */
export interface KeptReport extends Report {
  readonly receiptId: string | undefined;
}

/** The report that a piece of news holds; undefined: it is about recipients alone. */
export function reportOf({ deliveryId, standing, at, code, reason, receiptId }: News): KeptReport | undefined {
  return deliveryId === undefined || standing === undefined ? undefined : { standing, at, code, reason, receiptId };
}

/** Of two reports of one delivery the one that stands, with the receipt's id that either knows. */
export function joined(known: KeptReport | undefined, told: KeptReport): KeptReport {
  if (known === undefined) return told;
  const { receiptId = told.receiptId } = known;
  return { ...(saysMore(told, known) ? told : known), receiptId };
}

/** What is kept among the outcomes of a delivery that was found to be taken since the far side tells of it. */
export function reportedOutcome(receiptId: string | undefined): Outcome {
  return { kind: "accepted", receipt: receiptId === undefined ? { reported: true } : { id: receiptId, reported: true } };
}

/** That a recipient is sent nothing more, from then on; or, without a code, that it is again. */
export interface Change {
  readonly service: string;
  readonly address: string;
  readonly at: number;
  readonly code: string | undefined;
  readonly deliveryId: string | undefined;
}

/** What a piece of news says of recipients. */
export function changesOf({ service, at, code, deliveryId, suppress = [], unsuppress = [] }: News): readonly Change[] {
  return [
    ...suppress.map((address) => ({ service, address, at, code: code ?? "UNKNOWN", deliveryId })),
    ...unsuppress.map((address) => ({ service, address, at, code: undefined, deliveryId: undefined })),
  ];
}

/** What is hashed of a recipient, behind the journal's key. Not the name of a quota, which is a list. */
export function nameOfSuppressed(service: string, address: string): string {
  return `suppressed ${JSON.stringify([service, address])}`;
}

/** As the journal shows it. */
export function shownReport(kept: KeptReport | undefined): Report | undefined {
  if (kept === undefined) return undefined;
  const { standing, at, code, reason } = kept;
  return { standing, at, ...(code === undefined ? {} : { code }), ...(reason === undefined ? {} : { reason }) };
}
