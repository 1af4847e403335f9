import { addressOf, shownAddress } from "@backstitch/core/connector";
import { mayMove, type Addressed, type Learned, type News, type Suppression, type SuppressionFilter } from "@backstitch/core/journal";
import { KEY_KEPT_MS, PURGE_ROWS, SHOWN } from "../shared/limits.ts";
import { changesOf, joined, nameOfSuppressed, reportedOutcome, reportOf, type Change } from "../shared/news.ts";
import { reported } from "../shared/standing.ts";
import { moveTo, type HeldDelivery, type Memory } from "./memory.ts";

/** A recipient of whom anything was said. */
export interface HeldSuppression {
  /** The latest that suppresses it. */
  suppression: Suppression | undefined;
  /** When it was last said that it is sent to again. Epoch milliseconds. */
  liftedAt: number;
}

export function learn(memory: Memory, news: readonly News[], now: number): Learned[] {
  const all = news.map((one) => {
    const learned = learnOne(memory, one);
    const changed = changesOf(one).map((change) => suppress(memory, change));
    return learned === undefined ? (changed.includes(true) ? "new" : "known") : learned;
  });
  if (news.some(({ deliveryId = "" }) => mayAccept(memory.deliveries.get(deliveryId)))) acceptReported(memory, now);
  return all;
}

/** Undefined: it tells nothing of a delivery. */
function learnOne(memory: Memory, news: News): Learned | undefined {
  const told = reportOf(news);
  if (told === undefined) return undefined;
  const held = memory.deliveries.get(news.deliveryId ?? "");
  if (held === undefined || held.asked.service !== news.service) return "unknown";
  const before = held.report;
  held.report = joined(before, told);
  return held.report.standing === before?.standing && held.report.code === before.code ? "known" : "new";
}

/** What is told of and not settled was taken. What is under a claim has its end by that. */
export function acceptReported(memory: Memory, now: number): void {
  for (const held of memory.open) {
    if (!mayAccept(held)) continue;
    const { report, standing } = held;
    held.outcomes.push({ attempt: standing.attempts, at: now, outcome: reportedOutcome(report?.receiptId) });
    moveTo(memory, held, reported(standing), now);
  }
}

/** Of what was sent again nobody can tell of which time the far side tells. */
function mayAccept(held: HeldDelivery | undefined): boolean {
  return held?.report !== undefined && mayMove("report", held.standing.state) && !held.redriven;
}

/** Whether it changes who is suppressed, or why. */
function suppress({ suppressions }: Memory, { service, address, at, code, deliveryId }: Change): boolean {
  const name = nameOfSuppressed(service, addressOf(address));
  const held = suppressions.get(name) ?? { suppression: undefined, liftedAt: -Infinity };
  suppressions.set(name, held);
  const before = listed(held);
  const { since = -Infinity } = held.suppression ?? {};
  if (code === undefined) held.liftedAt = Math.max(held.liftedAt, at);
  else if (at > since) held.suppression = { service, shown: shownAddress(addressOf(address)), code, since: at, deliveryId };
  return listed(held) !== before;
}

function listed({ suppression, liftedAt }: HeldSuppression): Suppression | undefined {
  return suppression !== undefined && suppression.since > liftedAt ? suppression : undefined;
}

export function suppressed({ suppressions }: Memory, asked: readonly Addressed[]): Suppression[][] {
  return asked.map(({ service, addresses }) =>
    addresses.flatMap((address) => {
      const held = suppressions.get(nameOfSuppressed(service, addressOf(address)));
      return (held && listed(held)) ?? [];
    }),
  );
}

export function suppressions(memory: Memory, { service, limit = SHOWN }: SuppressionFilter): Suppression[] {
  const all = [...memory.suppressions.values()].flatMap((held) => listed(held) ?? []);
  const wanted = all.filter((one) => service === undefined || one.service === service);
  return wanted.toSorted((left, right) => left.since - right.since).slice(Math.max(wanted.length - limit, 0));
}

/** Forgets whom it was said so long ago that they are sent to again. Returns how many it touched. */
export function forgetLifted({ suppressions }: Memory, now: number): number {
  const old = [...suppressions].filter(([, held]) => listed(held) === undefined && held.liftedAt <= now - KEY_KEPT_MS).slice(0, PURGE_ROWS);
  for (const [name] of old) suppressions.delete(name);
  return old.length;
}
