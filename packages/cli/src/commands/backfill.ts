import { didYouMean } from "@backstitch/rules/json";
import { openProject } from "../open-project.ts";
import { type PostgresUse, postgresSources } from "../postgres-sources.ts";
import { Quit } from "../quit.ts";
import { tables } from "../tables.ts";
import { count } from "../words.ts";

export interface BackfillOptions {
  readonly project: string;
  /** @default the only one of type postgres */
  readonly source?: string;
}

/** `backstitch backfill`: whoever reads the source, now or next, reads these tables beside the log. */
export async function backfill(collections: readonly string[], { project: folder, source }: BackfillOptions): Promise<void> {
  const project = await openProject(folder, tables, process.env);
  const { options } = oneOf(postgresSources(project), source);
  const { backfillPostgres } = await import("@backstitch/sources/postgres");
  const id = await backfillPostgres(options, collections).catch((error: unknown) => {
    throw new Quit(error instanceof Error ? error.message : String(error));
  });
  console.log(
    `Snapshot ${id} of ${count(collections.length, "table")} is asked for. Whoever reads the source begins it; "backstitch status" says how far it is.`,
  );
}

function oneOf(uses: readonly PostgresUse[], wanted: string | undefined): PostgresUse {
  const names = uses.map(({ options }) => options.name);
  const [only] = uses;
  if (only === undefined) throw new Quit("The project has no source of type postgres. Only such a source can be read beside its log.");
  if (wanted === undefined) {
    if (uses.length === 1) return only;
    throw new Quit(`Say which source: --source. There are ${names.join(", ")}.`);
  }
  const found = uses.find(({ options }) => options.name === wanted);
  if (found !== undefined) return found;
  throw new Quit(
    `There is no source ${JSON.stringify(wanted)} of type postgres. ${didYouMean(wanted, names) ?? `There are ${names.join(", ")}.`}`,
  );
}
