import { JournalOwned, type Journal, type KeptEvents } from "@backstitch/core/journal";
import { createProbes } from "../shared/queue.ts";
import { admit, alike } from "./admit.ts";
import { claim, settle, start } from "./claim.ts";
import { emptyMemory, endClaims, type Memory } from "./memory.ts";
import { counts, deliveries, delivery, movedOn, readEvent } from "./read.ts";
import { learn, suppressed, suppressions } from "./news.ts";
import { paused, setPaused } from "./pause.ts";
import { record } from "./record.ts";
import { forgetRecent } from "./unmatched.ts";
import { decide, purge, redrive } from "./upkeep.ts";
import { verify } from "./verify.ts";

export { emptyMemory, type Memory };

export interface MemoryJournalOptions {
  /** `record` takes nothing more once about so many bytes are held. @default Infinity */
  readonly maxBytes?: number | undefined;
  /** @default "matched" */
  readonly events?: KeptEvents | undefined;
  /** Epoch milliseconds. @default Date.now */
  readonly clock?: (() => number) | undefined;
  /** What an earlier journal left behind: this one goes on as after a crash, and the earlier one's claims are void. @default empty */
  readonly memory?: Memory | undefined;
}

/** A journal that lives as long as the process: for tests, and for looking at rules without leaving a trace. */
export function memoryJournal(options: MemoryJournalOptions = {}): Journal {
  const { maxBytes = Infinity, events = "matched", clock = Date.now, memory = emptyMemory() } = options;
  const epoch = (memory.epoch += 1);
  memory.probes = createProbes();
  endClaims(memory, "CRASHED", clock());
  if (events !== "matched") forgetRecent(memory);
  const own = (): Memory => {
    if (memory.epoch !== epoch) throw new JournalOwned("The journal is owned by another; the claims of this one are void.");
    return memory;
  };
  return {
    positions: async (source) => new Map(memory.positions.get(source)),
    record: async (batch, matched, ruleSetHash, request) =>
      record(own(), { batch, matched, ruleSetHash, claim: request, maxBytes, events, now: clock() }),
    claim: async (request) => claim(own(), request, clock()),
    start: async (claims) => start(own(), claims, clock()),
    alike: async (text) => alike(memory, text, clock()),
    admit: async (requests) => admit(own(), requests, clock()),
    settle: async (settlements) => settle(own(), settlements, clock()),
    learn: async (news) => learn(memory, news, clock()),
    suppressed: async (asked) => suppressed(memory, asked),
    suppressions: async (filter) => suppressions(memory, filter),
    event: async (id) => readEvent(memory, id),
    deliveries: async (filter) => deliveries(memory, filter),
    delivery: async (id) => delivery(memory, id),
    counts: async () => counts(memory),
    now: async () => clock(),
    redrive: async (requests, note) => redrive(memory, requests, note, clock()),
    decide: async (decision, ids, note) => decide(memory, decision, ids, { note, now: clock() }),
    movedOn: async (ids) => movedOn(memory, ids),
    seat: async () => undefined,
    paused: async () => paused(memory),
    setPaused: async (what, note) => setPaused(memory, what, note, clock()),
    verify: async () => verify(memory),
    purge: async () => purge(own(), clock(), events),
    close: async () => {},
  };
}
