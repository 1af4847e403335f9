import type { Journal } from "@backstitch/core/journal";
import type { Project } from "@backstitch/project";
import { openJournal } from "../journal.ts";
import { openProject } from "../open-project.ts";
import { tables } from "../tables.ts";

/** What the journal knows can be asked, and told, without the secrets of those who deliver, and whether a process runs or not. */
export async function withJournal<Result>(folder: string, use: (journal: Journal, project: Project) => Promise<Result>): Promise<Result> {
  const project = await openProject(folder, tables, process.env, { unset: "leave-out" });
  const journal = await openJournal(project.journal, { as: "beside" });
  try {
    return await use(journal, project);
  } finally {
    await journal.close();
  }
}
