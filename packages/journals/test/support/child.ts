import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Each process under test starts in half the time, once one has written down what it compiled. */
const NODE_COMPILE_CACHE = join(import.meta.dirname, "../../node_modules/.cache/node-compile-cache");

export interface Child extends AsyncDisposable {
  /** What it has said so far, a line each. */
  readonly lines: readonly string[];
  /** Resolves when it has said so many lines. */
  said(count: number): Promise<void>;
  /** Resolves when what it has said so far is enough. */
  until(isEnough: (lines: readonly string[]) => boolean): Promise<void>;
  readonly pid: number;
  /** kill -9, and everything it said before. */
  kill(): Promise<void>;
}

/** Runs a script of this folder with the same Node, in a process of its own. */
export function runChild(script: string, ...args: readonly string[]): Child {
  const env = { ...process.env, NODE_COMPILE_CACHE };
  const child = spawn(process.execPath, [join(import.meta.dirname, script), ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  const ended = once(reader, "close");
  reader.on("line", (line) => lines.push(line));
  const until: Child["until"] = async (isEnough) => {
    while (!isEnough(lines)) {
      if (hasEnded(child)) throw new Error(`${script} ended after ${lines.length} lines`);
      await Promise.race([once(reader, "line"), ended]);
    }
  };
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
    if (!hasEnded(child)) await once(child, "exit");
  };
  return { lines, pid: child.pid ?? 0, said: (count) => until(() => lines.length >= count), until, kill, [Symbol.asyncDispose]: kill };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
