import type { ClaimedDelivery, ClaimToken, Decided, DeliveryRecord, DeliveryState, Note } from "./delivery.ts";
import type { ChangeEvent } from "../source/event.ts";
import type { ReportedStanding } from "../connector/receipts.ts";
import type { Outcome, OutcomeKind } from "../connector/outcome.ts";
import type { Addressed, Learned, News, Suppression, SuppressionFilter } from "./news.ts";
import type { Quota } from "../rules/limits.ts";
import type { NewDelivery } from "../rules/new-delivery.ts";
import type { Matched, Undecided } from "../rules/rule-set.ts";
import type { Batch, Positions } from "../source/source.ts";

/** How much a worker can take now, per service: claims never exceed it. */
export interface ClaimRequest {
  /** Most deliveries to claim, by service name. Services that are absent or zero are left alone. */
  readonly room: ReadonlyMap<string, number>;
  /** Most bytes of stored arguments to claim in all, the first delivery excepted. */
  readonly bytes: number;
  /** How long the claim lasts unless settled: must outlast the attempt's own deadline. */
  readonly leaseMs: number;
}

/** A process among those that share a journal. */
export interface Seat {
  /** From 0; all of them are in one order. */
  readonly index: number;
  /** At least 1. */
  readonly of: number;
}

/** A claim whose request is about to be written. */
export interface Starting extends ClaimToken {
  /** What its action cannot tell it from others by. It may name a recipient: only a keyed hash of it is stored. */
  readonly alike?: string | undefined;
}

/** What comes of an attempt. The worker decides it; the journal only obeys. */
export interface Settlement {
  readonly claim: ClaimToken;
  /** Absent for a claim that is given back without an attempt. */
  readonly outcome?: Outcome;
  /** Attempts so far that count against the retry policy, this one included where it counts. */
  readonly attempts: number;
  readonly next: NextState;
}

export type NextState =
  | { readonly state: "accepted" | "rejected" | "expired" | "dropped" | "held" }
  /** Given back unspent: it was not attempted. */
  | { readonly state: "pending" }
  | { readonly state: "uncertain"; readonly dueAt: number }
  /** With the quota that has no room for it: it joins that one's queue, and is due when {@link Journal.claim} lets it out. */
  | { readonly state: "waiting"; readonly dueAt: number; readonly quota?: CountedQuota | undefined };

/** What a person can decide of a delivery, beside sending it again: see `TRANSITIONS` for what may be decided when. */
export type Decision = "drop" | "hold" | "release" | "forget";

/** A service or a rule that a person has paused: its deliveries are recorded, and stay where they are. */
export interface Pause extends Note {
  readonly of: "service" | "rule";
  readonly name: string;
  /** Epoch milliseconds. */
  readonly since: number;
}

/** What a journal holds and cannot account for: see {@link Journal.verify}. */
export interface Unaccounted {
  /** A delivery's or an event's; or a state, where its count is wrong. */
  readonly id: string;
  /** `OUTCOME_MISSING`, `ARGUMENTS_MISSING`, `EVENT_MISSING`, `NEVER_DUE`, `LANE_STUCK`, `LANE_BROKEN`, `EVENT_UNACCOUNTED`, `COUNT_WRONG`, `FILE_DAMAGED` */
  readonly code: string;
  /** A sentence. Holds no values of rows. */
  readonly reason: string;
}

/** Which deliveries to show; newest last. */
export interface DeliveryFilter {
  readonly states?: readonly DeliveryState[];
  readonly rule?: string;
  readonly service?: string;
  readonly eventId?: string;
  /** The code of its last outcome, or of what was decided last. */
  readonly code?: string;
  /** The kind of its last outcome. */
  readonly outcome?: OutcomeKind | Decided["kind"];
  /** What the far side told of it. */
  readonly reported?: readonly ReportedStanding[];
  /** Recorded then or later. Epoch milliseconds, as the next. */
  readonly recordedFrom?: number;
  /** Recorded before. */
  readonly recordedBefore?: number;
  /** Those with a greater `seq`; and of those not the newest `limit` but the oldest, so that all can be read page by page. */
  readonly afterSeq?: number;
  /** @default 100 */
  readonly limit?: number;
}

export interface Counts {
  /** Events seen, matched or not. */
  readonly events: number;
  readonly undecided: number;
  readonly deliveries: { readonly [State in DeliveryState]: number };
  readonly lanes: {
    /** Lanes in which a delivery waits for an earlier one. */
    readonly blocked: number;
    /** When the oldest delivery that waits so was recorded, epoch milliseconds; undefined: none does. */
    readonly blockedSince: number | undefined;
  };
  /** Bytes the journal holds now. */
  readonly bytes: number;
}

/**
 * Which events a journal keeps. Those that asked for a delivery, failed or ended undecided are kept always: until 7 days after the last of their deliveries
 * was settled, or they were recorded. Of those that matched nothing:
 * `matched`: the last {@link RECENT_EVENTS} are kept, fewer where they are large (about 4 MB in all, and a sixteenth of `maxBytes`).
 *   They are the one thing that need not be durable at once: a process that is killed may lose those of its last second.
 * `all`: every one for 7 days; they count towards `maxBytes`.
 * `none`: none; and what another setting kept of them is forgotten.
 */
export type KeptEvents = "matched" | "all" | "none";

/** Of the events that matched nothing at least so many are kept, the last ones, where `matched` are kept and they are small. */
export const RECENT_EVENTS = 1_000;

/** An event that the journal keeps: see {@link KeptEvents}. */
export interface EventRecord {
  readonly event: ChangeEvent;
  readonly undecided: readonly Undecided[];
}

/**
 * The durable record of positions, events, deliveries and outcomes. Every call takes and returns batches;
 * what a call did is durable when its promise resolves.
 */
export interface Journal {
  positions(source: string): Promise<Positions>;
  /**
   * Records a batch, its deliveries and the new position in one transaction. Recording a delivery's key twice is recording it once,
   * and the first stored arguments win. Deliveries whose lane is free are claimed at once, as far as `claim` has room, and returned;
   * not those with quotas or quiet hours, which would overtake what waits for room.
   * @throws PositionMoved when `batch.from` is not the stored position. @throws JournalFull when there is no room.
   */
  record(batch: Batch, matched: Matched, ruleSetHash: string, claim: ClaimRequest): Promise<readonly ClaimedDelivery[]>;
  /**
   * Claims deliveries that are due and first in their lane, oldest first. A lapsed claim is pending again; if it had started, uncertain, as the next
   * claim of it tells. Before, it looks at queues of quotas, a bounded number a call: of each that has room it lets out as many of the oldest as there
   * is room for, and of all of them what has expired. What was let out may not use its room, so a queue is looked at again when it has room, or a second
   * after it let out any.
   * Once a minute, and after the journal was opened, each limit lets out one, room or not: it may be that no rule has that limit any more.
   */
  claim(request: ClaimRequest): Promise<readonly ClaimedDelivery[]>;
  /** Makes durable that requests are about to be written. Returns the claims that are still the latest: only those may go on. */
  start(claims: readonly Starting[]): Promise<readonly ClaimToken[]>;
  /** The deliveries that were started under this text, {@link Starting.alike}, in the last 30 days; oldest first. */
  alike(text: string): Promise<readonly DeliveryRecord[]>;
  /**
   * Counts deliveries that are about to be attempted by the limits of their rules: each by all of its quotas or, where one of them has no room,
   * or an older one waits in its queue, by none. Where one that waited in a queue is asked about without a quota of that limit, no rule has the limit
   * any more: all that it keeps back is let out, some at each claim. A quota counts a delivery once, at the latest time that it was admitted; so of those
   * admitted in any stretch of its length there are never more than it lets, whatever crashes. What the caller is told it may do is durable. Undefined where the claim is no longer the latest.
   */
  admit(requests: readonly AdmitRequest[]): Promise<readonly (Admission | undefined)[]>;
  /** Records outcomes and next states, and releases lanes. Returns the claims that were no longer the latest: nothing was stored of those. */
  settle(settlements: readonly Settlement[]): Promise<readonly ClaimToken[]>;
  /**
   * Keeps what far sides told of their own accord; says of each what came of it. News may come in any order and again: {@link saysMore} decides what
   * stands. Whoever opened the journal may call it. What the far side tells of a delivery proves that it was taken: one that is neither settled nor under
   * a claim is accepted, and its lane goes on; of one that is under a claim the same is found out once the claim has ended without accepting it.
   * One that a person sent again is not: nobody can tell of which time the far side tells. What was told before is forgotten when it is sent again.
   * Of recipients only a keyed hash is kept, and what a person may see of them; of several that say so, who is suppressed by the latest.
   */
  learn(news: readonly News[]): Promise<readonly Learned[]>;
  /** Who of each is suppressed, in the order in which they were asked about. */
  suppressed(asked: readonly Addressed[]): Promise<readonly (readonly Suppression[])[]>;
  suppressions(filter: SuppressionFilter): Promise<readonly Suppression[]>;
  event(id: string): Promise<EventRecord | undefined>;
  deliveries(filter: DeliveryFilter): Promise<readonly DeliveryRecord[]>;
  delivery(id: string): Promise<DeliveryRecord | undefined>;
  counts(): Promise<Counts>;
  /** What the clock shows by which it stores times, epoch milliseconds: where machines share a journal it need not be the clock of this one. */
  now(): Promise<number>;
  /**
   * Makes rejected, held, expired or dropped deliveries pending again, out of order and marked so, with a fresh count of attempts and no expiry;
   * one that its rule held is no longer uncertain, since a person decided that it may be repeated; one that a person held is as uncertain as it was.
   * `rendered` is taken for one that has no arguments stored. Redriven ones of one lane are made one after another, the oldest first.
   * Returns the ids that were redriven.
   */
  redrive(requests: readonly RedriveRequest[], note?: Note): Promise<readonly string[]>;
  /** How many later deliveries of its lane are settled, for those of these deliveries of which any is: sent again, it would arrive after them. */
  movedOn(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /**
   * Does what a person decided to those of the deliveries of which it may be decided, and keeps the note among their outcomes.
   * Whoever opened the journal may call it, owner or not. A released delivery has a fresh count of attempts, and where its rule held it as `ifUncertain`
   * says it is no longer uncertain; what a person held is as uncertain as it was. What is forgotten loses its arguments, as after 7 days. Returns the ids
   * to which it was done.
   */
  decide(decision: Decision, ids: readonly string[], note: Note): Promise<readonly string[]>;
  /** Which of how many processes this one is that work on the journal at this moment; undefined: only one ever does. @throws JournalFull while the others cannot see this one. */
  seat(): Promise<Seat | undefined>;
  /** What is paused, services first, by name. */
  paused(): Promise<readonly Pause[]>;
  /**
   * Pauses services and rules; without a note they go on. From then on no call claims what is paused, until it goes on, whoever owns the journal.
   * What is claimed already may be settled. Whoever opened the journal may call it.
   */
  setPaused(what: readonly Pick<Pause, "of" | "name">[], note: Note | undefined): Promise<void>;
  /**
   * Looks through everything, as it stands at one moment. Nothing returned means: each event that is kept because it matched has deliveries, or was
   * undecided; each delivery has an end or is held, which its outcomes tell, or has its arguments and a time from which it goes on, or waits behind
   * one of its lane that does. Returns at most 1,000 of what is not so. Whoever opened the journal may call it.
   */
  verify(): Promise<readonly Unaccounted[]>;
  /**
   * Forgets payloads of deliveries settled 7 days ago and keys settled 30 days ago, and events that nothing refers to any more, a bounded number a call.
   * Returns how many rows it touched.
   */
  purge(): Promise<number>;
  close(): Promise<void>;
}

/** A quota with what it counts. */
export interface CountedQuota extends Quota {
  /** May name a recipient: only a keyed hash of it is stored. */
  readonly of: string;
  /** The limit whose quota it is, where that has many, one a recipient. @default `of`: it has one */
  readonly limit?: string | undefined;
}

export interface AdmitRequest {
  readonly claim: ClaimToken;
  /** Undefined: nothing is counted, nor asked. */
  readonly quotas: readonly CountedQuota[] | undefined;
  /** Only asked ahead: it is counted by none, whatever the answer. */
  readonly peek?: boolean | undefined;
}

export interface Admission {
  /**
   * The quota that has no room, by its place among those asked for, and when it will have; where older ones wait for that, when its queue is looked at next.
   * Of several the one that has room last. Epoch milliseconds. Undefined: the delivery is counted by all.
   */
  readonly refusal: { readonly quota: number; readonly roomAt: number } | undefined;
  /** Codes of the outcomes that the delivery had. */
  readonly codes: readonly string[];
}

export interface RedriveRequest {
  readonly id: string;
  /** What the rules ask for today, all of it: arguments of one rule set under the policy of another could be sent where they do not belong, or repeated. The lane is taken where it has none. */
  readonly rendered?: Pick<NewDelivery, "service" | "action" | "args" | "lane" | "ifUncertain" | "retry" | "turn">;
}

/** Another reader moved the position: this one has lost its place and must start again from the journal's. */
export class PositionMoved extends Error {
  override readonly name = "PositionMoved";

  constructor(source: string, partition: string) {
    super(`The position of source "${source}", partition "${partition}", was moved by another process.`);
  }
}

/**
 * The disk is full, the journal has reached `maxBytes`, or another program keeps it locked: nothing of the call was stored. Or its server does not answer:
 * made again, the call finds what was done of it. It goes away by itself when there is room, the lock is let go, or the server answers.
 */
export class JournalFull extends Error {
  override readonly name = "JournalFull";
}

/** Another process owns the journal; or owns it now, and this one's claims are void. */
export class JournalOwned extends Error {
  override readonly name = "JournalOwned";
}
