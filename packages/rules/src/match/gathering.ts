import { deliveryKey, type FailedMatch, type NewDelivery, type Undecided } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import { encodeValue, rowFrom } from "@backstitch/core/values";
import { LibraryRejection } from "../condition/library/rejection.ts";
import type { Facts } from "../facts/facts.ts";
import type { CompiledThen } from "../rule/compiled-rule.ts";
import { ArgumentFault } from "../template/fault.ts";

/** What is gathered while a batch is matched. */
export interface Gathering {
  readonly deliveries: NewDelivery[];
  readonly failures: FailedMatch[];
  readonly undecided: Undecided[];
}

/** One event on its way through its candidates; or one element of it, which is then among the facts. */
export interface Shown {
  readonly event: ChangeEvent;
  readonly facts: Facts;
  /** Canonical text of the row's key, made when a delivery first needs it. */
  keyText: string | null | undefined;
  /** Bytes that the arguments of all elements together may still have; undefined where there is no element. */
  readonly room: { bytes: number } | undefined;
}

/** What a failed match says of its entry, and of the element where there is one. */
export function failedEntry(then: CompiledThen, shown: Shown): Omit<FailedMatch, "code" | "reason"> {
  const { rule, name, service, action } = then;
  return { key: keyOf(then, shown), eventId: shown.event.id, rule, then: name, service, action };
}

export function keyOf({ rule, name }: CompiledThen, { event, facts: { index } }: Shown): string {
  return index === undefined ? deliveryKey(event.id, rule, name) : deliveryKey(event.id, rule, name, index);
}

/** Why a condition could not be decided, without a value of the row. */
export function reasonOf(error: unknown): string {
  return error instanceof LibraryRejection
    ? `json-rules-engine rejects the run: ${error.message}.`
    : `The condition could not be decided (${nameOf(error)}).`;
}

/** Why arguments could not be rendered, or a list not be read. */
export function faultOf(error: unknown): { readonly code: string; readonly reason: string } {
  if (error instanceof ArgumentFault) return { code: error.code, reason: error.message };
  return { code: "TEMPLATE_FAILED", reason: `The arguments could not be made (${nameOf(error)}).` };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

export function keyTextOf({ previousKey, key }: ChangeEvent): string | null {
  const row = previousKey ?? key;
  if (row === null) return null;
  const names = Object.keys(row);
  if (names.length < 2) return encodeValue(row);
  return encodeValue(rowFrom(names.sort().map((name) => [name, row[name] ?? null] as const)));
}
