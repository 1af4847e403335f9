import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { NUDGE, type Remote } from "./remote.ts";

const MAIN = join(import.meta.dirname, "../../packages/cli/src/main.ts");
const PRELOAD = join(import.meta.dirname, "preload.ts");
/** Halves the time that a process takes to start. */
const NODE_COMPILE_CACHE = join(import.meta.dirname, "../node_modules/.cache/node-compile-cache");
const AGAIN_AFTER_MS = 100;

export interface KeptOptions {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly remote: Remote;
  /** So many processes that share the journal; 1: one process, and none above it. */
  readonly workers: number;
  /** An exit with 0 is as it should be: its source ends. */
  readonly ends: boolean;
}

/** `backstitch run`, started again whenever it ends, as a service manager would. */
export interface Kept {
  /** kill -9 of all of it: nothing of it gets a chance to tidy up. */
  kill(): void;
  /** Lets every process look at what it is told. */
  nudge(): void;
  /** Of the process that is started: the one, or the one above the workers. */
  pid(): number;
  /** How often it was started. */
  starts(): number;
  /** How it ended otherwise than it should, and its last words. */
  readonly endings: readonly string[];
  /** SIGTERM. Anything but an exit with 0 is among the endings. */
  stop(): Promise<void>;
  /** kill -9, and no start any more. */
  end(): Promise<void>;
  /** The last lines it logged. */
  lastWords(): string;
}

export function keepRunning(options: KeptOptions): Kept {
  const endings: string[] = [];
  let child: ChildProcess;
  let words = "";
  let starts = 0;
  let over = false;

  const start = (): Promise<[code: number | null]> => {
    starts += 1;
    child = spawnRun(options, (text) => (words = (words + text).slice(-4_000)));
    return once(child, "exit") as Promise<[code: number | null]>;
  };
  const lastWords = (): string => words.slice(-1_500);
  const signal = (name: NodeJS.Signals): void => signalGroup(child.pid, name);
  const keep = async (): Promise<number | null> => {
    for (;;) {
      const [code] = await start();
      if (over) return code;
      // Workers may outlive the process above them.
      signal("SIGKILL");
      if (code === null) continue;
      if (code !== 0 || !options.ends) endings.push(`It exited ${code}: ${lastWords()}`);
      await wait(AGAIN_AFTER_MS);
      if (over) return null;
    }
  };
  const kept = keep();
  const killOnExit = (): void => signal("SIGKILL");
  process.once("exit", killOnExit);
  const end = async (how: () => void): Promise<number | null> => {
    over = true;
    how();
    const code = await kept;
    process.off("exit", killOnExit);
    return code;
  };
  return {
    kill: () => void (child.kill("SIGKILL") && signal("SIGKILL")),
    nudge: () => signal(NUDGE),
    pid: () => child.pid ?? NaN,
    starts: () => starts,
    endings,
    async stop() {
      // One that was killed is not yet gone, and one that has only just been started dies of the signal, as any process does.
      while (child.killed || !options.remote.heedsSignals(child.pid)) await wait(10);
      const code = await end(() => child.kill("SIGTERM"));
      // One whose source has ended may be told in its last moment, when nobody listens any more.
      if (code !== 0 && !(options.ends && code === null)) endings.push(`It exited ${code} when it was told to stop: ${lastWords()}`);
    },
    end: async () => void (await end(() => signal("SIGKILL"))),
    lastWords,
  };
}

function signalGroup(pid: number | undefined, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, name);
  } catch {
    // It has ended.
  }
}

/** In a group of its own, so that all of it can be killed at once. */
function spawnRun({ folder, environment, workers }: KeptOptions, onWords: (text: string) => void): ChildProcess {
  const shared = workers === 1 ? [] : ["--workers", String(workers)];
  const command = ["--import", PRELOAD, MAIN, "run", "--project", folder, "--port", "0", "--name", "crash", ...shared];
  const env = { ...process.env, NODE_COMPILE_CACHE, ...environment, BACKSTITCH_LOG_LEVEL: "warn" };
  const child = spawn(process.execPath, command, { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", onWords);
  return child;
}
