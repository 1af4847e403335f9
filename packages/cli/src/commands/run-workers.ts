import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { durationText } from "@backstitch/rules";
import type { Logger } from "pino";
import { signalsAreHeeded } from "../early-signals.ts";
import { createLog } from "../observe/log.ts";
import { openProject } from "../open-project.ts";
import { Quit } from "../quit.ts";
import { stopOnSignals } from "../stop-on-signals.ts";
import { tables } from "../tables.ts";
import type { RunOptions } from "./run.ts";

/** A worker that was killed comes back after this. */
const RESTART_AFTER_MS = 1_000;

/**
 * `backstitch run --workers N`: so many processes of `backstitch run`, each with a name and a port of its own. Rules and requests keep one core busy:
 * loops in one process would share it. One that is killed is started again; one that ends with a problem ends the others.
 * @throws Quit where the journal is not one that workers can share, or a worker ended with a problem.
 */
export async function runWorkers(options: RunOptions & { readonly workers: number }): Promise<void> {
  const log = createLog(process.env["BACKSTITCH_LOG_LEVEL"] ?? "info");
  const stop = stopOnSignals(log);
  const children = new Set<ChildProcess>();
  const reload = (): void => children.forEach((child) => child.kill("SIGHUP"));
  process.on("SIGHUP", reload);
  signalsAreHeeded();
  const { journal } = await openProject(options.project, tables, process.env);
  if (journal.type !== "postgres") {
    throw new Quit(
      `The project's journal is of the type "${journal.type}", which one process has: --workers needs "journal": {"type": "postgres", …}.`,
    );
  }
  if (stop.signal.aborted) return;
  stop.signal.addEventListener("abort", () => children.forEach(letGo), { once: true });
  const numbers = Array.from({ length: options.workers }, (_, index) => index + 1);
  const codes = await Promise.all(numbers.map((number) => keepRunning(argumentsOf(options, number), { log, stop, children })));
  process.off("SIGHUP", reload);
  const failed = codes.find((code) => code !== 0);
  // What was wrong the worker has said itself.
  if (failed !== undefined) throw new Quit("", failed);
}

/** It stops by that. One that is ending may have let go by itself. */
function letGo(child: ChildProcess): void {
  if (child.connected) child.disconnect();
}

/** The command line of one of them. */
function argumentsOf({ project, host, port, maxLag, http, name = hostname() }: RunOptions, number: number): readonly string[] {
  const ownPort = port === 0 ? 0 : port + number - 1;
  const status = ["--host", host, "--port", String(ownPort), "--max-lag", durationText(maxLag)];
  // One port, one that listens on it: what it learns all of them find in the journal.
  const receipts = number === 1 ? [] : ["--no-receipts"];
  // And who is told of changes as they happen is told by whoever reads them.
  const gateway = http !== true ? [] : number === 1 ? ["--http"] : ["--no-live"];
  return ["run", "--project", project, ...status, ...receipts, ...gateway, "--name", `${name}/${number}`];
}

interface Running {
  readonly log: Logger;
  readonly stop: AbortController;
  readonly children: Set<ChildProcess>;
}

/** Resolves with the exit code of a worker that ended by itself. */
async function keepRunning(args: readonly string[], { log, stop, children }: Running): Promise<number> {
  const command = process.argv[1] ?? "";
  for (;;) {
    const child = spawn(process.execPath, [...process.execArgv, command, ...args], { stdio: ["inherit", "inherit", "inherit", "ipc"] });
    children.add(child);
    const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    children.delete(child);
    if (code !== null && code !== 0) stop.abort();
    if (code !== null || stop.signal.aborted) return code ?? 1;
    log.warn({ worker: args.at(-1), signal }, "worker was killed: it is started again");
    await wait(RESTART_AFTER_MS, undefined, { signal: stop.signal }).catch(() => undefined);
    if (stop.signal.aborted) return 0;
  }
}
