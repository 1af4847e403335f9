import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CrashSource, tables } from "./source.ts";

/** Lines that are appended to a file. */
export async function jsonlCrashSource(started: AsyncDisposableStack): Promise<CrashSource> {
  const folder = started.adopt(await mkdtemp(join(tmpdir(), "backstitch-crash-")), (path) => rm(path, { recursive: true, force: true }));
  const path = join(folder, "events.jsonl");
  await writeFile(path, "");
  const commit: Parameters<typeof tables>[0] = (changes) =>
    appendFile(path, changes.map((change) => `${JSON.stringify({ ...change, key: { id: change.after.id } })}\n`).join(""));
  return { config: { type: "jsonl", path }, environment: {}, ends: true, ...tables(commit) };
}
