import { once } from "node:events";
import { extname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { copyLog } from "./copy-log.ts";

/**
 * Copies the log into the journal's file on a thread of its own: it takes a tenth of a second at a time where many rows wait all over the file, and whoever
 * claims would wait for it. What comes meanwhile is copied by the owner afterwards, which is little, so that the log begins anew.
 */
export interface Checkpointer {
  /** To be called after each commit. */
  committed(): void;
  close(): Promise<void>;
}

/** After about 32 MB of log. SQLite does not tell how long it is: this was measured for batches of one to twenty rows; larger ones write less. */
const PAGES = 8_000;
const PAGES_A_COMMIT = 4.5;
const PAGES_A_CHANGE = 0.4;

export function createCheckpointer(db: DatabaseSync, path: string): Checkpointer {
  const changes = db.prepare("SELECT total_changes() AS n");
  const changed = (): number => (changes.get() as { n: number }).n;
  let before = changed();
  let commits = 0;
  let thread: Worker | undefined;
  let copying = false;
  let isOver = false;

  /** Without it SQLite does the same by itself, later, in whatever commit comes then. */
  function start(): Worker {
    const file = new URL(`checkpoint-thread${extname(import.meta.filename)}`, import.meta.url);
    const started = new Worker(file, { workerData: path, execArgv: [] });
    started.unref();
    started.on("error", () => (isOver = true));
    started.on("exit", () => (thread = undefined));
    started.on("message", () => {
      copying = false;
      if (!isOver) copyLog(db);
    });
    return started;
  }

  return {
    committed() {
      commits += 1;
      if (copying || isOver || commits * PAGES_A_COMMIT + (changed() - before) * PAGES_A_CHANGE < PAGES) return;
      before = changed();
      commits = 0;
      copying = true;
      thread ??= start();
      thread.postMessage("copy");
    },
    async close() {
      isOver = true;
      if (thread === undefined) return;
      thread.ref();
      thread.postMessage("end");
      await once(thread, "exit");
    },
  };
}
