/** `backstitch run` in a process of its own beside a far side that counts. */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Arrivals } from "./sink.ts";

const CLI = join(import.meta.dirname, "../../packages/cli/src/main.ts");

/** Starts a far side that counts. */
export async function startSink(): Promise<{ readonly sink: ChildProcess; readonly url: string }> {
  const sink = fork(join(import.meta.dirname, "sink.ts"));
  const [{ port }] = (await once(sink, "message")) as [{ port: number }];
  return { sink, url: `http://127.0.0.1:${port}` };
}

export function startRun(folder: string, environment: NodeJS.ProcessEnv = {}): ChildProcess {
  const env = { ...process.env, ...environment, BACKSTITCH_LOG_LEVEL: "error" };
  return spawn(process.execPath, [CLI, "run", "--project", folder, "--port", "0"], { env, stdio: "inherit" });
}

export async function stop(running: ChildProcess): Promise<void> {
  running.kill("SIGKILL");
  if (running.exitCode === null && running.signalCode === null) await once(running, "exit");
}

/** Waits until so many have arrived. @throws where the process under test ends before. */
export async function arrived(sink: ChildProcess, rows: number, running: ChildProcess): Promise<Arrivals> {
  for (;;) {
    if ((await ask(sink, "count")).count >= rows) return ask(sink, "latencies");
    if (running.exitCode !== null) throw new Error(`The process under test exited ${running.exitCode}.`);
    await wait(50);
  }
}

async function ask(sink: ChildProcess, question: "count" | "latencies"): Promise<Arrivals> {
  const answer = once(sink, "message");
  sink.send(question);
  return ((await answer) as [Arrivals])[0];
}
