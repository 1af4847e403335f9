import { openProject } from "../open-project.ts";
import { postgresSources } from "../postgres-sources.ts";
import { Quit } from "../quit.ts";
import { tables } from "../tables.ts";

/** `backstitch setup`: creates what the sources need in their databases, and says each step with its SQL. Doing it twice changes nothing. */
export async function setup({ project: folder }: { readonly project: string }): Promise<void> {
  const project = await openProject(folder, tables, process.env);
  const { setupPostgres } = await import("@backstitch/sources/postgres");
  for (const { options, needs } of postgresSources(project)) {
    const steps = await setupPostgres(options, needs).catch((error: unknown) => {
      throw new Quit(error instanceof Error ? error.message : String(error));
    });
    for (const { done, what, sql } of steps) {
      console.log(`${options.name}: ${what} (${done})\n  ${sql}`);
    }
  }
}
