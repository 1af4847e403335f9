import type { ClaimRequest } from "@backstitch/core/journal";
import { deliveryKey, type Matched, type NewDelivery } from "@backstitch/core/rules";
import type { Batch, ChangeEvent } from "@backstitch/core/source";

export const CLAIM_ALL: ClaimRequest = { room: new Map([["sms", 1_000]]), bytes: 100_000_000, leaseMs: 60_000 };

export function event(id: string): ChangeEvent {
  const known = { source: "shop", origin: "log", operation: "insert", database: "shop", collection: "inventory" } as const;
  const rows = { key: { id }, previousKey: undefined, after: { id }, before: null, unsent: [], changed: ["id"] };
  return { id, ...known, ...rows, committedAt: "2026-03-01T11:59:59.123456Z" };
}

export function delivery(eventId: string, fields: Partial<NewDelivery> = {}): NewDelivery {
  const entry = {
    rule: "low-stock",
    then: "sms.send",
    service: "sms",
    action: "send",
    ifUncertain: "retry",
    retry: undefined,
    expiresAt: undefined,
  } as const;
  const key = deliveryKey(eventId, "low-stock", "sms.send");
  return { key, eventId, ...entry, args: { body: eventId }, lane: eventId, ...fields };
}

/** The n-th batch of events that each ask for one delivery. */
export function batch(number: number, deliveries: readonly NewDelivery[]): { batch: Batch; matched: Matched } {
  const events = deliveries.map((one) => event(one.eventId));
  const from = number === 0 ? undefined : String(number - 1);
  return {
    batch: { source: "shop", partition: "0", from, to: String(number), events },
    matched: { deliveries, failures: [], undecided: [] },
  };
}
