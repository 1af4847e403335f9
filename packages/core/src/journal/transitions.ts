import type { DeliveryState } from "./delivery.ts";

/** What can happen to a delivery. */
type Move = "record" | "claim" | "start" | "settle" | "lapse" | "redrive" | "report" | "drop" | "hold" | "release" | "forget" | "purge";

/** One row of the state machine. */
interface Transition {
  readonly move: Move;
  /** Empty: it was not there before. */
  readonly from: readonly DeliveryState[];
  /** Empty: it stays as it is, or is not there afterwards. */
  readonly to: readonly DeliveryState[];
  /** When it happens, and what else it does. For the page docs/delivery.md. */
  readonly when: string;
}

const CLAIMABLE = ["pending", "waiting", "uncertain"] as const;
const SETTLED = ["accepted", "rejected", "expired", "dropped"] as const;

/** The state machine of a delivery, whole: what no row permits, no journal does. */
export const TRANSITIONS: readonly Transition[] = [
  {
    move: "record",
    from: [],
    to: ["pending", "claimed"],
    when: "A rule asks for it; claimed at once where its lane is free and a worker has room.",
  },
  { move: "record", from: [], to: ["rejected"], when: "A condition or a template failed: a dead letter without arguments, in no lane." },
  {
    move: "claim",
    from: CLAIMABLE,
    to: ["claimed"],
    when: "It is due, first in its lane, no quota keeps it back, and neither its service nor its rule is paused.",
  },
  {
    move: "start",
    from: ["claimed"],
    to: ["started"],
    when: "A request is about to be written where a repeat matters. Not once the lease is over.",
  },
  {
    move: "settle",
    from: ["claimed", "started"],
    to: ["accepted", "rejected", "expired", "dropped"],
    when: "It has an end, and its lane goes on.",
  },
  {
    move: "settle",
    from: ["claimed", "started"],
    to: ["waiting", "uncertain", "held"],
    when: "It is tried again at a known time, or a person decides.",
  },
  { move: "settle", from: ["claimed", "started"], to: ["pending"], when: "Given back without an attempt." },
  { move: "lapse", from: ["claimed"], to: ["pending"], when: "Its lease is over, or its process ended; no request was made." },
  { move: "lapse", from: ["started"], to: ["uncertain"], when: "The same, but a request may have been made: it counts as an attempt." },
  {
    move: "report",
    from: [...CLAIMABLE, "held"],
    to: ["accepted"],
    when: "The far side told of its own accord what became of it: so it was taken, whatever our attempts heard.",
  },
  {
    move: "redrive",
    from: ["held", "rejected", "expired", "dropped"],
    to: ["pending"],
    when: "`deliveries retry`: out of its lane's order, with attempts counted afresh and no expiry.",
  },
  { move: "drop", from: [...CLAIMABLE, "held"], to: ["dropped"], when: "`deliveries drop`: it is never sent, and its lane goes on." },
  { move: "hold", from: CLAIMABLE, to: ["held"], when: "`deliveries hold`: it and its lane wait for a person." },
  {
    move: "release",
    from: ["held"],
    to: ["pending"],
    when: "`deliveries release`: at its place in its lane, with attempts counted afresh.",
  },
  { move: "forget", from: SETTLED, to: [], when: "`deliveries forget`: its arguments are gone at once; it stays as it is." },
  { move: "purge", from: SETTLED, to: [], when: "7 days after it settled its arguments go, 30 days after it everything." },
];

/** Whether this may happen to a delivery in that state. */
export function mayMove(move: Move, from: DeliveryState): boolean {
  return permitted.get(move)?.has(from) === true;
}

const permitted = new Map<Move, Set<DeliveryState>>();
for (const { move, from } of TRANSITIONS) {
  permitted.set(move, new Set([...(permitted.get(move) ?? []), ...from]));
}
