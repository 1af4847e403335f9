import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Journal } from "@backstitch/core/journal";
import { describeJournal } from "@backstitch/core/testing";
import { emptyMemory, memoryJournal } from "@backstitch/journals/memory";
import { openSqliteJournal } from "@backstitch/journals/sqlite";
import { crash } from "./support/crash.ts";

describeJournal("memory", async (options) => {
  const memory = emptyMemory();
  return {
    journal: memoryJournal({ ...options, memory }),
    reopen: async (events = options.events) => memoryJournal({ ...options, events, memory }),
    dispose: async () => {},
  };
});

describeJournal("sqlite", async (options) => {
  const folder = mkdtempSync(join(tmpdir(), "backstitch-journal-"));
  const opened: Journal[] = [];
  const open = async (from: string, events = options.events): Promise<Journal> => {
    const journal = openSqliteJournal({ ...options, events, path: join(from, "journal.db"), owner: "take" });
    opened.push(journal);
    return journal;
  };
  let generation = 0;
  let current = join(folder, "0");
  return {
    journal: await open(current),
    async reopen(events) {
      current = crash(current, join(folder, String((generation += 1))));
      return open(current, events);
    },
    async dispose() {
      for (const journal of opened) await journal.close();
      rmSync(folder, { recursive: true });
    },
  };
});
