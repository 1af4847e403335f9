import { deliveryKey, UNREADABLE } from "../rules/delivery-key.ts";
import type { FailedMatch } from "../rules/new-delivery.ts";
import type { Matched } from "../rules/rule-set.ts";
import type { ChangeEvent } from "../source/event.ts";
import type { Batch, UnreadableRecord } from "../source/source.ts";

/** A batch as a journal keeps it: what could not be read is a dead letter of its own, which no rule asked for. */
export function withUnreadable(batch: Batch, matched: Matched): { readonly batch: Batch; readonly matched: Matched } {
  if (batch.unreadable === undefined || batch.unreadable.length === 0) return { batch, matched };
  const { unreadable, ...rest } = batch;
  return {
    batch: { ...rest, events: [...batch.events, ...unreadable.map((record) => standIn(batch.source, record))] },
    matched: { ...matched, failures: [...matched.failures, ...unreadable.map(failureOf)] },
  };
}

/** The record's bytes in the shape that a journal keeps: base64 in `after.raw`. No rule is asked about it. */
function standIn(source: string, { id, raw, receivedAt }: UnreadableRecord): ChangeEvent {
  const after = { raw: Buffer.from(raw).toString("base64") };
  const about = { id, source, origin: "log", operation: "insert", database: "", collection: UNREADABLE } as const;
  return { ...about, key: null, previousKey: undefined, after, before: null, unsent: [], changed: ["raw"], committedAt: receivedAt };
}

function failureOf({ id, code = "RECORD_UNREADABLE", reason }: UnreadableRecord): FailedMatch {
  const about = { eventId: id, rule: UNREADABLE, then: undefined, service: undefined, action: undefined };
  return { key: deliveryKey(id, UNREADABLE, ""), ...about, code, reason };
}
