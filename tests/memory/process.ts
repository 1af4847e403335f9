import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const MAIN = join(import.meta.dirname, "../../packages/cli/src/main.ts");

/** The process under test: `backstitch run`, started, killed and started again. */
export interface Running {
  readonly pid: number;
  /** kill -9: nothing of it gets a chance to tidy up. */
  kill(): Promise<void>;
  /** SIGTERM. @throws where it does not exit 0. */
  stop(): Promise<void>;
  /** The last lines it logged. */
  lastWords(): string;
}

export function startBackstitch(folder: string, environment: Readonly<Record<string, string>>): Running {
  const child: ChildProcess = spawn(process.execPath, [MAIN, "run", "--project", folder, "--port", "0"], {
    env: { ...process.env, ...environment, BACKSTITCH_LOG_LEVEL: "warn" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let words = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (words = (words + chunk.toString()).slice(-4_000)));
  const exited = once(child, "exit");
  return {
    pid: child.pid ?? NaN,
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
    async stop() {
      child.kill("SIGTERM");
      const [code] = (await exited) as [number | null];
      if (code !== 0) throw new Error(`backstitch run exited ${code}:\n${words}`);
    },
    lastWords: () => words,
  };
}
