import { format } from "node:util";

/** What was printed while it was recorded. */
export interface RecordedOutput {
  text(): string;
  stop(): void;
}

const CONSOLE = ["log", "info", "warn", "error", "debug", "trace", "dir"] as const;
const STREAMS = ["stdout", "stderr"] as const;

/** Records all that is printed, by the console or past it, and lets it through. */
export function recordOutput(): RecordedOutput {
  const printed: string[] = [];
  const undo: (() => void)[] = [];
  for (const name of CONSOLE) {
    const original = console[name];
    console[name] = (...said: unknown[]) => {
      printed.push(format(...said));
      Reflect.apply(original, console, said);
    };
    undo.push(() => (console[name] = original));
  }
  for (const name of STREAMS) {
    const stream = process[name];
    const original = stream.write.bind(stream) as (...said: unknown[]) => boolean;
    stream.write = (...said: unknown[]) => {
      printed.push(typeof said[0] === "string" ? said[0] : Buffer.from(said[0] as Uint8Array).toString("utf8"));
      return original(...said);
    };
    undo.push(() => (stream.write = original));
  }
  return {
    text: () => printed.join("\n"),
    stop: () => undo.forEach((restore) => restore()),
  };
}
