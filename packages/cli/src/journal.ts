import type { Journal } from "@backstitch/core/journal";
import type { Project } from "@backstitch/project";
import { Quit } from "./quit.ts";

/** Opens the project's journal. `take`: as its one owner; `beside`: next to the owner, for commands. @throws Quit where it cannot be opened or another process owns it */
export async function openJournal(settings: Project["journal"], owner: "take" | "beside"): Promise<Journal> {
  if (settings.type === "memory") {
    if (owner === "beside") throw new Quit('The project\'s journal is of the type "memory": only the running process knows what is in it.');
    return (await import("@backstitch/journals/memory")).memoryJournal(limitsOf(settings));
  }
  const { openSqliteJournal } = await import("@backstitch/journals/sqlite");
  try {
    return openSqliteJournal({ path: settings.path, owner, ...limitsOf(settings) });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // What has a code comes from SQLite or the system, and does not name the file.
    throw new Quit("code" in error ? `The journal "${settings.path}" cannot be opened: ${error.message}.` : error.message);
  }
}

function limitsOf({ maxBytes, events }: Project["journal"]): Pick<Project["journal"], "maxBytes" | "events"> {
  return { maxBytes, events };
}
