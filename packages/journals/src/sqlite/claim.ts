import type { ClaimedDelivery, ClaimRequest } from "@backstitch/core/journal";
import type { Failure } from "@backstitch/core/connector";
import { budgetOf } from "../shared/limits.ts";
import { sendable } from "../shared/lost.ts";
import { readRow } from "../shared/readable.ts";
import { claimed, lapsed, lapseOf, mayHaveLapsed, type WhyLapsed } from "../shared/standing.ts";
import { moveTo, outcomeOf, releaseLanes, selectDeliveries, storeOutcome, type DeliveryRow } from "./delivery-row.ts";
import { acceptReported } from "./news.ts";
import type { Paused } from "./pause.ts";
import { settleOne } from "./settle.ts";
import type { Store } from "./store.ts";

/** Most lapsed claims that one call takes back. */
const SWEEP_ROWS = 1_000;

const LAPSED = "WHERE state > 2 AND state IN (3, 4) AND next_at <= ? LIMIT ?";
const READY = "WHERE service = ? AND state < 3 AND blocked = 0 AND next_at <= ? ORDER BY next_at, seq LIMIT ?";

/**
 * Takes back what lapsed, then claims what is due and first in its lane, oldest first. A machine that stops takes the claims with it and whoever made them:
 * what may be lost with it are claims alone, which would be void.
 */
export function claim(store: Store, request: ClaimRequest): ClaimedDelivery[] {
  return store.ownedUnsynced(() => {
    const now = store.now();
    endClaims(store, selectDeliveries(store, LAPSED, now, SWEEP_ROWS), "CLAIM_LAPSED");
    acceptReported(store);
    store.queues.look(now);
    const budget = budgetOf(request);
    const paused = store.parking.look(now);
    const taken: DeliveryRow[] = [];
    for (const [service, room] of request.room) {
      if (room <= 0 || paused.services.has(service)) continue;
      for (const row of readyOf(store, { service, room, now, paused })) {
        if (!budget.take(service, row.bytes)) break;
        const standing = claimed(row, now + request.leaseMs);
        moveTo(store, row, standing, now);
        taken.push({ ...row, ...standing });
      }
    }
    return withArguments(store, taken);
  });
}

/** Most rows of paused rules that one call meets and parks. */
const PARK_ROWS = 500;

/** As many as there is room for, of rules that are not paused. */
function readyOf(store: Store, { service, room, now, paused }: Wanted): readonly DeliveryRow[] {
  if (paused.rules.size === 0) return selectDeliveries(store, READY, service, now, room);
  for (let met = 0; ;) {
    const rows = selectDeliveries(store, READY, service, now, Math.max(room, PARK_ROWS / 4));
    const ready = store.parking.withoutParked(rows, paused);
    met += rows.length - ready.length;
    if (ready.length >= room || ready.length === rows.length || met >= PARK_ROWS) return ready.slice(0, room);
  }
}

interface Wanted {
  readonly service: string;
  readonly room: number;
  readonly now: number;
  readonly paused: Paused;
}

/** Ends every claim of an earlier epoch. Within the caller's transaction. */
export function voidClaims(store: Store): void {
  endClaims(store, selectDeliveries(store, "WHERE state > 2 AND state IN (3, 4)"), "CRASHED");
}

function endClaims(store: Store, rows: readonly DeliveryRow[], lapse: WhyLapsed): void {
  const now = store.now();
  for (const row of rows) {
    const [standing, outcome] = lapsed(row, lapse, { now, recordedAt: row.recordedAt });
    if (outcome !== undefined) storeOutcome(store, row, { attempt: standing.attempts, at: now, body: JSON.stringify(outcome) });
    moveTo(store, row, standing, now);
  }
}

const ARGUMENTS = `
  SELECT delivery.seq, event.id, event.committed_at, event.trace, event.hops, payload.turn, payload.args FROM json_each(?) AS taken
  JOIN delivery ON delivery.seq = taken.value
  LEFT JOIN event ON event.seq = delivery.event
  LEFT JOIN payload ON payload.delivery = delivery.seq`;

type Found = [
  seq: number,
  eventId: string | null,
  committedAt: number | null,
  trace: string | null,
  hops: number | null,
  turn: string | null,
  args: string | null,
];

/** What can never be sent has its end here, so that all else goes on. */
function withArguments(store: Store, rows: readonly DeliveryRow[]): ClaimedDelivery[] {
  if (rows.length === 0) return [];
  const found = store.arrays(ARGUMENTS).all(JSON.stringify(rows.map((row) => row.seq))) as unknown as Found[];
  const bySeq = new Map(
    found.map(([seq, eventId, committedAt, trace, hops, turn, args]) => {
      const origin = { committedAt: committedAt ?? undefined, trace: trace ?? undefined, hops: hops ?? undefined, turn: turn ?? undefined };
      return [seq, { eventId, text: args, args: readRow(args), origin }];
    }),
  );
  return rows.flatMap((row) => {
    const { id, service, lane, quota, expiresAt, attempts, triedAt, claims, uncertain, redriven } = row;
    const entry = store.entries.load(row.entry);
    const { rule, then = "", action = "", ifUncertain, retry, limits } = entry;
    const { origin, ...remains } = bySeq.get(row.seq) ?? NOTHING;
    const sent = sendable({ entry, ...remains });
    if ("code" in sent) {
      reject(store, row, sent);
      return [];
    }
    const keptBack = quota === null ? undefined : true;
    const token = { id, number: row.claim };
    const standing = { expiresAt, attempts, triedAt, claims, uncertain };
    const lapse = mayHaveLapsed(row) ? lapseOf(outcomeOf(store, row.seq, row.claim - 1)) : undefined;
    const asked = { rule, then, service: service ?? "", action, lane, ifUncertain, retry, limits };
    return [{ id, claim: token, ...sent, ...asked, redriven, keptBack, lapse, ...standing, ...origin }];
  });
}

const NOTHING = {
  eventId: null,
  text: null,
  args: undefined,
  origin: { committedAt: undefined, trace: undefined, hops: undefined, turn: undefined },
} as const;

/** Of a claim that nobody learns of. */
function reject(store: Store, row: DeliveryRow, outcome: Failure): void {
  const claim = { id: row.id, number: row.claim };
  settleOne(store, row, { claim, outcome, attempts: row.attempts, next: { state: "rejected" } }, store.now());
  releaseLanes(store, [row]);
}
