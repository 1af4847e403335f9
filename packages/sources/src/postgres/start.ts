import { formatLsn, type Lsn } from "./lsn.ts";
import { formatPosition, type Position } from "./position.ts";

/** What the server says of itself and of the slot. */
export interface ServerState {
  readonly system: string;
  readonly timeline: number;
  /** How far the server's log goes. */
  readonly end: Lsn;
  /** Where earlier timelines were left. */
  readonly history: readonly { readonly timeline: number; readonly left: Lsn }[];
  readonly slot: SlotState | undefined;
}

export interface SlotState {
  /** What it was acknowledged to: nothing before this is sent any more. */
  readonly confirmed: Lsn;
  /** The server removed log that the slot still needed, or invalidated it otherwise. */
  readonly lost: boolean;
}

export type Start =
  | { readonly kind: "at"; readonly lsn: Lsn }
  /** The changes after the journal's position cannot be had from here. */
  | { readonly kind: "lost"; readonly earliest: string | undefined; readonly why: string }
  | { readonly kind: "misconfigured"; readonly why: string };

/** Where reading starts: after the journal's position where server and slot still have what follows it, and never elsewhere. */
export function startFrom(slotName: string, position: Position | undefined, server: ServerState): Start {
  const { slot, system, timeline } = server;
  const remedy = 'Run "backstitch setup".';
  if (position === undefined) {
    if (slot === undefined) return { kind: "misconfigured", why: `There is no replication slot "${slotName}". ${remedy}` };
    if (slot.lost) return { kind: "misconfigured", why: `The replication slot "${slotName}" is lost: drop it. ${remedy}` };
    return { kind: "at", lsn: slot.confirmed };
  }
  const why = whyLost(slotName, position, server);
  if (why === undefined) return { kind: "at", lsn: position.lsn };
  const earliest =
    slot === undefined || slot.lost ? undefined : formatPosition({ system, timeline, lsn: slot.confirmed, within: undefined });
  return { kind: "lost", earliest, why };
}

function whyLost(name: string, position: Position, { system, timeline, end, history, slot }: ServerState): string | undefined {
  const { lsn, within } = position;
  // Inside a transaction the position is where its commit record begins, which must be there too.
  const needs = within === undefined ? lsn : lsn + 1n;
  if (position.system !== system) return `the server is another database cluster (its system identifier is ${system}).`;
  const left = position.timeline === timeline ? end : history.find((one) => one.timeline === position.timeline)?.left;
  if (left === undefined) return `the server's timeline ${timeline} does not descend from timeline ${position.timeline}.`;
  if (needs > left && position.timeline !== timeline)
    return `the server left timeline ${position.timeline} at ${formatLsn(left)}, before that position: it was restored.`;
  if (needs > left) return `the server's log ends at ${formatLsn(left)}, before that position: it was restored from an older copy.`;
  if (slot === undefined) return `the replication slot "${name}" is gone.`;
  if (slot.lost) return `the server has removed log that the replication slot "${name}" needed.`;
  if (slot.confirmed > lsn) return `the replication slot "${name}" was moved on to ${formatLsn(slot.confirmed)} by someone else.`;
  return undefined;
}
