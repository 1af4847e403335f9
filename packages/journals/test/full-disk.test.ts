import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { openSqliteJournal } from "@backstitch/journals/sqlite";
import { expect, test } from "vitest";
import { runChild } from "./support/child.ts";
import { temporaryFolder } from "./support/folder.ts";

const LIMIT_BYTES = 3_000_000;
/** The log is written again from its beginning where that finds room: only refusals in a row say that there is none. */
const TRIES = 5;

/** A limit on the size of files stands in for a full disk: it is refused in the same place, and needs no rights. */
test.skipIf(process.platform !== "linux")(
  "no room is refused whole, and the journal goes on when there is room (prlimit is Linux's)",
  async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "journal.db");
    await using child = runChild("filler.ts", path);
    await child.said(1);
    execFileSync("prlimit", ["--pid", String(child.pid), `--fsize=${LIMIT_BYTES}:`]);
    const isFull = (lines: readonly string[]): boolean => lines.slice(-TRIES).join() === Array(TRIES).fill("refused").join();
    await child.until(isFull);
    execFileSync("prlimit", ["--pid", String(child.pid), "--fsize=unlimited:"]);
    const before = child.lines.length;
    await child.until((lines) => lines.slice(before).includes("recorded"));
    await child.kill();

    expect(child.lines.filter((line) => line !== "refused" && line !== "recorded")).toEqual([]);
    const recorded = child.lines.filter((line) => line === "recorded").length;
    const journal = openSqliteJournal({ path, owner: "take" });
    const { events, deliveries } = await journal.counts();
    expect(events).toBeGreaterThanOrEqual(recorded * 2);
    expect(events).toBeLessThanOrEqual(recorded * 2 + 2);
    expect(deliveries.pending).toBe(events);
    await journal.close();
  },
);
