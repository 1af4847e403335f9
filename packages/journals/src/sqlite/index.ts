import type { Journal, KeptEvents } from "@backstitch/core/journal";
import { recentBytes } from "../shared/limits.ts";
import { admit } from "./admit.ts";
import { type Checkpointer, createCheckpointer } from "./checkpoint.ts";
import { claim, voidClaims } from "./claim.ts";
import { decide } from "./decide.ts";
import { openBeside, openForOwner } from "./file.ts";
import { readEvent } from "./event.ts";
import { fullOf } from "./full.ts";
import { beginEpoch, takeLock } from "./owner.ts";
import { purge } from "./purge.ts";
import { learn, suppressed, suppressions } from "./news.ts";
import { paused, setPaused } from "./pause.ts";
import { alike, counts, deliveries, delivery, movedOn, positions } from "./read.ts";
import { record } from "./record.ts";
import { redrive } from "./redrive.ts";
import { settle, start } from "./settle.ts";
import { openStore, type Store } from "./store.ts";
import { duePending, followClock, type Time } from "./time.ts";
import { verify } from "./verify.ts";

export interface SqliteJournalOptions {
  /** The journal's file. It, and what SQLite keeps beside it, can be read by its user alone (mode 0600). */
  readonly path: string;
  /** `take`: this process becomes the owner. `beside`: it reads and redrives next to the owner, and never records or claims. */
  readonly owner: "take" | "beside";
  /** `record` takes nothing more once the file uses so many bytes. @default Infinity */
  readonly maxBytes?: number | undefined;
  /** @default "matched" */
  readonly events?: KeptEvents | undefined;
  /** Epoch milliseconds. @default Date.now */
  readonly clock?: (() => number) | undefined;
  /**
   * Milliseconds that pass evenly, whatever the clock is set to: leases and retries keep their length when it is set or the machine sleeps.
   * @default performance.now, or the clock where one is given
   */
  readonly steady?: (() => number) | undefined;
}

/**
 * A journal in one SQLite file (WAL, every commit synced but claims) for one process that owns it, and any number that look at it.
 * Taking it voids the claims of the owner before at once: what had started is uncertain, the rest pending.
 * @throws JournalOwned when a running process owns it.
 * @throws JournalFull when its disk has no room, or another program keeps it locked: it can be opened later.
 * @throws Error when a newer Backstitch wrote the file, or there is none to open beside its owner.
 */
export function openSqliteJournal({ path, owner, maxBytes = Infinity, events = "matched", clock, steady }: SqliteJournalOptions): Journal {
  const limits: Limits = { maxBytes, events };
  const time: Time = { clock: clock ?? Date.now, steady: steady ?? clock ?? (() => performance.now()) };
  if (owner === "beside") {
    const store = openStore(openBeside(path), { epoch: undefined, time, recentBytes: 0 });
    return journalOf(store, limits, async () => store.db.close());
  }
  const lock = takeLock(path);
  try {
    const { store, checkpointer } = takeOver(path, time, limits);
    return journalOf(store, limits, async () => {
      store.storeRecent();
      store.db.close();
      lock.release();
      await checkpointer.close();
    });
  } catch (error) {
    lock.release();
    throw fullOf(error) ?? error;
  }
}

function takeOver(path: string, time: Time, { maxBytes, events }: Limits): { readonly store: Store; readonly checkpointer: Checkpointer } {
  const db = openForOwner(path);
  try {
    const epoch = beginEpoch(db, time.clock());
    const checkpointer = createCheckpointer(db, path);
    const keptBytes = events === "matched" ? recentBytes(maxBytes) : 0;
    const store = openStore(db, { epoch, time, recentBytes: keptBytes, onCommit: checkpointer.committed });
    store.transaction(() => {
      followClock(db, store.now());
      voidClaims(store);
      duePending(db, store.now());
      // What "matched" kept is of no use under another setting, which would never forget it.
      if (events !== "matched") store.recent.clear();
    });
    return { store, checkpointer };
  } catch (error) {
    db.close();
    throw error;
  }
}

interface Limits {
  readonly maxBytes: number;
  readonly events: KeptEvents;
}

/** SQLite answers at once; what it throws rejects the promise. */
function journalOf(store: Store, limits: Limits, close: () => Promise<void>): Journal {
  return {
    positions: async (source) => positions(store, source),
    record: async (batch, matched, ruleSetHash, request) => record(store, { batch, matched, ruleSetHash, claim: request, ...limits }),
    claim: async (request) => claim(store, request),
    start: async (claims) => start(store, claims),
    alike: async (text) => alike(store, text),
    admit: async (requests) => admit(store, requests),
    settle: async (settlements) => settle(store, settlements),
    learn: async (news) => learn(store, news),
    suppressed: async (asked) => suppressed(store, asked),
    suppressions: async (filter) => suppressions(store, filter),
    event: async (id) => readEvent(store, id),
    deliveries: async (filter) => deliveries(store, filter),
    delivery: async (id) => delivery(store, id),
    counts: async () => counts(store),
    now: async () => store.now(),
    redrive: async (requests, note) => redrive(store, requests, note),
    decide: async (decision, ids, note) => decide(store, decision, ids, note),
    movedOn: async (ids) => movedOn(store, ids),
    seat: async () => undefined,
    paused: async () => paused(store),
    setPaused: async (what, note) => setPaused(store, what, note),
    verify: async () => verify(store),
    purge: async () => purge(store, limits.events),
    async close() {
      if (store.db.isOpen) await close();
    },
  };
}
