import type { Journal } from "@backstitch/core/journal";
import type { Project } from "@backstitch/project";

/** Opens the project's journal. `take`: as its one owner; `beside`: next to the owner, for commands. */
export async function openJournal(settings: Project["journal"], owner: "take" | "beside"): Promise<Journal> {
  if (settings.type === "memory") return (await import("@backstitch/journals/memory")).memoryJournal(withLimit(settings));
  const { openSqliteJournal } = await import("@backstitch/journals/sqlite");
  return openSqliteJournal({ path: settings.path, owner, ...withLimit(settings) });
}

function withLimit({ maxBytes }: Project["journal"]): { maxBytes?: number } {
  return maxBytes === undefined ? {} : { maxBytes };
}
