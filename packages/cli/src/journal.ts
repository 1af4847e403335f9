import { JournalFull, JournalOwned, type Journal } from "@backstitch/core/journal";
import type { PostgresJournal } from "@backstitch/journals/postgres";
import type { JournalSettings } from "@backstitch/project";
import { Quit } from "./quit.ts";

/** A project's journal. One that several processes may have open lets one of them at a time read a source. */
export type OpenJournal = Journal & Partial<Pick<PostgresJournal, "readAlone">>;

export type JournalOpening =
  | {
      /** This process records and delivers: of a SQLite journal it becomes the one owner. */
      readonly as: "run";
      /** What it is called among all that share a journal on PostgreSQL. @default the machine's name */
      readonly worker?: string | undefined;
    }
  /** For commands, next to those that run. */
  | { readonly as: "beside" };

/**
 * Opens the project's journal.
 * @throws Quit where it cannot be opened, or another process owns it.
 * @throws JournalFull where it can be opened later.
 */
export async function openJournal(settings: JournalSettings, opening: JournalOpening): Promise<OpenJournal> {
  switch (settings.type) {
    case "memory":
      if (opening.as === "run") return (await import("@backstitch/journals/memory")).memoryJournal(limitsOf(settings));
      throw new Quit('The project\'s journal is of the type "memory": only the running process knows what is in it.');
    case "sqlite":
      return openSqlite(settings, opening);
    case "postgres":
      return openPostgres(settings, opening);
  }
}

type Settings<Type extends JournalSettings["type"]> = Extract<JournalSettings, { readonly type: Type }>;

async function openSqlite(settings: Settings<"sqlite">, { as }: JournalOpening): Promise<Journal> {
  const { openSqliteJournal } = await import("@backstitch/journals/sqlite");
  try {
    return openSqliteJournal({ path: settings.path, owner: as === "run" ? "take" : "beside", ...limitsOf(settings) });
  } catch (error) {
    if (!(error instanceof Error) || error instanceof JournalFull) throw error;
    // What has a code comes from SQLite or the system, and does not name the file.
    throw new Quit("code" in error ? `The journal "${settings.path}" cannot be opened: ${error.message}.` : error.message);
  }
}

async function openPostgres(settings: Settings<"postgres">, opening: JournalOpening): Promise<OpenJournal> {
  const { connectionString, schema } = settings;
  if (connectionString === undefined) {
    throw new Quit(
      'The journal\'s connection string is not set: set the variable that "connectionString" names in the environment or in .env.',
    );
  }
  const { openPostgresJournal } = await import("@backstitch/journals/postgres");
  const how = opening.as === "run" ? ({ as: "work", worker: opening.worker } as const) : ({ as: "beside" } as const);
  try {
    return await openPostgresJournal({ connectionString: connectionString.reveal(), schema, ...how, ...limitsOf(settings) });
  } catch (error) {
    if (!(error instanceof Error) || error instanceof TypeError || error instanceof JournalFull) throw error;
    throw new Quit(error instanceof JournalOwned ? `${error.message.replace(/\.$/, "")}: --name.` : error.message);
  }
}

function limitsOf({ maxBytes, events }: JournalSettings): Pick<JournalSettings, "maxBytes" | "events"> {
  return { maxBytes, events };
}
