import type { DeliveryState } from "@backstitch/core/journal";

/** What a row of the table `note` asks for, and what then is promised. Each kind is a rule, called as the kind is. */
export interface Kind {
  /** Keys of the rule, beside `on`, `when` and `then`. */
  readonly rule?: object;
  readonly then: object;
  /** Ends that are as good as an arrival. Without a code: whatever it is. */
  readonly insteadOfArrival?: { readonly state: DeliveryState; readonly code?: string };
  /**
   * Which repeats are allowed. `none`: not one. `uncertain`: as many as its record has uncertain outcomes.
   * `life`: besides, one for each process that sent it, since a process that dies tells nothing; all bear one key.
   */
  readonly repeats: "none" | "uncertain" | "life";
  /** Those of one `who` arrive in the order of their ids. */
  readonly inOrder?: true;
  /** No more than so many ever arrive, of all or of each `who`; and as many do. */
  readonly most?: { readonly of: "all" | "who"; readonly count: number };
}

const toSink = (path: string, service = "sink"): object => ({
  service,
  action: "request",
  with: { path, body: { id: { $path: "after.id" }, who: { $path: "after.who" } } },
});
const toPhone = (to: string): object => ({ service: "sms", action: "send", with: { to, body: "{{ after.id }}" } });
const OWN_NUMBER = "+491700555{{ after.id }}";

/** Whatever the clock is set to within a run, it shows an hour of these. */
function quietNow(): object {
  const hour = new Date().getUTCHours();
  const at = (hours: number): string => `${String((hour + hours) % 24).padStart(2, "0")}:00`;
  return { from: at(17), to: at(8), timeZone: "UTC" };
}

/** These never succeed at the frail service. */
export function isRefused(id: number): boolean {
  return id % 3 === 0;
}

export const KINDS = {
  /** Each of these messages has a recipient of its own: what was sent of it can be found out. */
  texted: { then: toPhone(OWN_NUMBER), repeats: "none" },
  held: { rule: { ifUncertain: "hold" }, then: toPhone(OWN_NUMBER), insteadOfArrival: { state: "held" }, repeats: "none" },
  /** An object whose request comes to the far side after it was looked for in vain is put again, and is the same. */
  stored: {
    then: {
      service: "archive",
      action: "put",
      with: { key: "notes/{{ after.id }}.json", body: { id: { $path: "after.id" }, who: { $path: "after.who" } } },
    },
    repeats: "uncertain",
  },
  ordered: { rule: { order: { by: "after.who" } }, then: toSink("/notes"), repeats: "life", inOrder: true },
  unordered: { rule: { order: "none" }, then: toSink("/notes"), repeats: "life" },
  delayed: { rule: { limits: { perRecipient: "2 per 1s" } }, then: toPhone("+498000555{{ after.who }}0"), repeats: "uncertain" },
  capped: {
    rule: { limits: { total: "10 per 30d", exceeded: "drop" } },
    then: toSink("/notes"),
    insteadOfArrival: { state: "dropped", code: "DROPPED_BY_LIMIT" },
    repeats: "life",
    most: { of: "all", count: 10 },
  },
  rationed: {
    rule: { limits: { perRecipient: "3 per 30d", exceeded: "hold" } },
    then: toPhone("+499000555{{ after.who }}0"),
    insteadOfArrival: { state: "held", code: "HELD_BY_LIMIT" },
    repeats: "uncertain",
    most: { of: "who", count: 3 },
  },
  quiet: {
    rule: { limits: { quietHours: quietNow(), exceeded: "drop" } },
    then: toSink("/notes"),
    insteadOfArrival: { state: "dropped", code: "DROPPED_BY_LIMIT" },
    repeats: "none",
    most: { of: "all", count: 0 },
  },
  expiring: { rule: { expires: "2s" }, then: toSink("/notes"), insteadOfArrival: { state: "expired" }, repeats: "life" },
  insisting: {
    rule: { retry: { for: "2s", firstDelay: "50ms", longestDelay: "500ms" } },
    then: toSink("/frail", "frail"),
    insteadOfArrival: { state: "rejected", code: "RETRIES_EXHAUSTED" },
    repeats: "life",
  },
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof KINDS;
