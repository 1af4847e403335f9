import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { until } from "./until.ts";

const MAIN = join(import.meta.dirname, "../../packages/cli/src/main.ts");
/** Halves the time that a process takes to start. */
const NODE_COMPILE_CACHE = join(import.meta.dirname, "../node_modules/.cache/node-compile-cache");

/** The environment that a process under test gets, beside what the machine needs. */
export type Environment = Readonly<Record<string, string>>;

/** What a command said and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A `backstitch` process under way. Disposing kills it. */
export interface Running extends AsyncDisposable {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Feeds its standard input, and ends it. */
  feed(text: string): void;
  signal(signal: NodeJS.Signals): void;
  hasEnded(): boolean;
  /** Resolves when it has ended by itself or was told to. */
  readonly ended: Promise<Ended>;
}

/**
 * Starts the command. Nothing of the tests' own environment reaches it but where programs and temporary folders are.
 * @param flags Of Node itself.
 */
export function start(args: readonly string[], environment: Environment = {}, flags: readonly string[] = []): Running {
  const { PATH = "", HOME = "", TMPDIR } = process.env;
  const env = { PATH, HOME, NODE_COMPILE_CACHE, ...(TMPDIR === undefined ? {} : { TMPDIR }), ...environment };
  const child: ChildProcess = spawn(process.execPath, [...flags, MAIN, ...args], { env, stdio: "pipe" });
  const said = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (said.stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said.stderr += text));
  child.stdin?.on("error", () => undefined);
  let over = false;
  const ended = once(child, "close").then(([code]): Ended => {
    over = true;
    return { code: code as number | null, ...said };
  });
  return {
    pid: child.pid ?? NaN,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    feed: (text) => void child.stdin?.end(text),
    signal: (signal) => void child.kill(signal),
    hasEnded: () => over,
    ended,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Runs a command to its end. */
export function backstitch(args: readonly string[], environment: Environment = {}): Promise<Ended> {
  const running = start(args, environment);
  running.feed("");
  return running.ended;
}

/** One line that `backstitch run` logged. */
export type LogLine = { readonly msg: string; readonly level: number } & Readonly<Record<string, unknown>>;

/** `backstitch run` under way. */
export interface Run extends Running {
  /** What it logged so far. @throws where a line is not JSON */
  lines(): readonly LogLine[];
  /** Waits for a line with this message, and these fields, after the first `skip` lines. */
  logged(msg: string, fields?: Readonly<Record<string, unknown>>, skip?: number): Promise<LogLine>;
  get(path: "/healthz" | "/readyz" | "/metrics"): Promise<{ readonly status: number; readonly body: string }>;
  ready(): Promise<void>;
  /** Waits until it is not ready, and returns why. */
  unready(): Promise<string>;
  /** SIGTERM. @throws where it does not exit 0 */
  stop(): Promise<Ended>;
}

const parsed = new WeakMap<Running, { readonly lines: LogLine[]; end: number }>();

/** What a process has logged; the last line may still be on its way. Each is parsed once: some look at them again and again. */
export function logLines(running: Running): readonly LogLine[] {
  const known = parsed.get(running) ?? { lines: [], end: 0 };
  parsed.set(running, known);
  const text = running.stdout();
  const end = text.lastIndexOf("\n") + 1;
  for (const line of text.slice(known.end, end).split("\n")) if (line !== "") known.lines.push(JSON.parse(line) as LogLine);
  known.end = end;
  return [...known.lines];
}

/** Starts `backstitch run` on a port that the system picks. */
export function startRun(folder: string, environment: Environment = {}, options: readonly string[] = []): Run {
  const running = start(["run", "--project", folder, "--port", "0", ...options], environment);
  const words = (): string => `${running.stdout().slice(-4_000)}\n${running.stderr().slice(-4_000)}`;
  const lines = (): readonly LogLine[] => logLines(running);
  const logged: Run["logged"] = (msg, fields = {}, skip = 0) => {
    const missing = (): string => `No line "${msg}" ${JSON.stringify(fields)}:\n${words()}`;
    const isWanted = (line: LogLine): boolean => line.msg === msg && Object.entries(fields).every(([name, value]) => line[name] === value);
    const find = (): LogLine | undefined => {
      const over = running.hasEnded();
      const found = lines().slice(skip).find(isWanted);
      if (found === undefined && over) throw new Error(`It has ended. ${missing()}`);
      return found;
    };
    return until(find, { otherwise: missing });
  };
  const get: Run["get"] = async (path) => {
    const { status } = await until(() => lines().find((line) => "status" in line), { otherwise: words });
    const answer = await fetch(`${String(status)}${path}`).catch((error: unknown) => {
      throw new Error(`It does not answer:\n${words()}`, { cause: error });
    });
    return { status: answer.status, body: await answer.text() };
  };
  return {
    ...running,
    lines,
    logged,
    get,
    ready: async () => void (await until(async () => (await get("/readyz")).status === 200, { otherwise: words })),
    async unready() {
      const answer = await until(async () => [await get("/readyz")].find(({ status }) => status === 503), { otherwise: words });
      return answer.body;
    },
    async stop() {
      running.signal("SIGTERM");
      const end = await running.ended;
      if (end.code !== 0) throw new Error(`backstitch run exited ${end.code}:\n${words()}`);
      return end;
    },
  };
}
