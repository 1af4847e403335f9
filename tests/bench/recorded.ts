/** Events with one delivery each, as a batch of a source that one rule matches: what the journals' benchmarks record. */
import type { ClaimedDelivery, Journal } from "@backstitch/core/journal";
import type { Batch, ChangeEvent } from "@backstitch/core/source";
import { deliveryKey, laneId, type Matched, type NewDelivery } from "@backstitch/core/rules";

/** Every delivery has a lane of its own. */
export function batchOf(from: number, count: number): { readonly batch: Batch; readonly matched: Matched } {
  const events = Array.from({ length: count }, (_, index) => eventOf(from + index));
  const batch = { source: "shop", partition: "0", from: from === 0 ? undefined : String(from), to: String(from + count), events };
  return { batch, matched: { deliveries: events.map(deliveryOf), failures: [], undecided: [] } };
}

/** Starts what was claimed and settles it, without a far side. */
export async function accept(journal: Journal, claimed: readonly ClaimedDelivery[]): Promise<void> {
  await journal.start(claimed.map(({ claim }) => claim));
  const outcome = { kind: "accepted", receipt: { id: "0123456789abcdef" } } as const;
  await journal.settle(claimed.map(({ claim }) => ({ claim, outcome, attempts: 1, next: { state: "accepted" } })));
}

function eventOf(n: number): ChangeEvent {
  const after = { id: n, name: "Thread, red", quantity: 18, reorderPoint: 20, buyerPhone: "+15005550009" };
  const known = { source: "shop", origin: "log", operation: "update", database: "shop", collection: "inventory" } as const;
  const rows = { key: { id: n }, previousKey: undefined, after, before: undefined, unsent: [], changed: undefined };
  return { id: `7000000000000000000/0-${n}/772000000000/0-${n}/0`, ...known, ...rows, committedAt: "2026-03-01T11:59:59.123456Z" };
}

function deliveryOf({ id, key }: ChangeEvent): NewDelivery {
  const entry = {
    rule: "low-stock",
    then: "sink.request",
    service: "sink",
    action: "request",
    ifUncertain: "retry",
    retry: undefined,
  } as const;
  const args = { path: "/low-stock", body: { id: key?.["id"] ?? null, text: "Thread, red: 18 left; order more when you can." } };
  const lane = laneId(entry.rule, entry.then, "inventory", JSON.stringify(key));
  return { key: deliveryKey(id, entry.rule, entry.then), eventId: id, ...entry, args, lane, expiresAt: undefined };
}
