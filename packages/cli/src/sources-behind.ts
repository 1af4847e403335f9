import type { Journal } from "@backstitch/core/journal";
import type { Project } from "@backstitch/project";
import { postgresSources } from "./postgres-sources.ts";

/** How far reading a source is behind, as its database says now. */
export interface SourceBehind {
  readonly source: string;
  /** Bytes of its log that the journal does not have. */
  readonly behind?: number;
  /** Bytes of log that the database keeps for the slot. */
  readonly kept?: number | undefined;
  /** A sentence, where that is more than `lagWarning`. */
  readonly warning?: string | undefined;
  /** Why it cannot be asked. */
  readonly reason?: string;
}

const PATIENCE_MS = 3_000;

/** Asks the databases of those postgres sources whose secrets are set, all at once. Never throws for what they say. */
export async function sourcesBehind(project: Project, journal: Journal): Promise<readonly SourceBehind[]> {
  // One whose secret is not set was left out of its configuration.
  const uses = postgresSources(project).filter(({ options }) => (options.connectionString as unknown) !== undefined);
  if (uses.length === 0) return [];
  const { postgresSource } = await import("@backstitch/sources/postgres");
  return Promise.all(
    uses.map(async ({ options }): Promise<SourceBehind> => {
      const source = options.name;
      try {
        const positions = await journal.positions(source);
        const extent = await postgresSource(options).extent?.(positions, AbortSignal.timeout(PATIENCE_MS));
        if (extent === undefined) return { source };
        const { read, end, kept, warning } = extent;
        return { source, behind: Math.max(0, end - read), kept, warning };
      } catch (error) {
        return { source, reason: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
}

export function behindSentence({ source, behind, kept, warning, reason }: SourceBehind): string {
  if (reason !== undefined) return `Source ${source} cannot be asked how far it is behind. ${reason}`;
  if (kept === undefined) return `Source ${source} has no slot yet. Run "backstitch setup".`;
  return `Source ${source} is ${behind} bytes behind, and ${kept} bytes of log are kept for its slot.${warning === undefined ? "" : ` ${warning}`}`;
}
