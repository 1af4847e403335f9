/** `backstitch run` in a process of its own beside a far side that counts. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Arrivals } from "./sink.ts";

const CLI = join(import.meta.dirname, "../../packages/cli/src/main.ts");

/** Writes the files of a project; what is no text is written as JSON. */
export async function writeProject(folder: string, files: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), typeof content === "string" ? content : JSON.stringify(content));
  }
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
