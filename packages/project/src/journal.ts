import type { FromSchema, JsonSchema } from "@backstitch/core/connector";
import type { KeptEvents } from "@backstitch/core/journal";
import type { Problem } from "@backstitch/core/rules";
import { valueAt, type Located } from "@backstitch/rules/json";
import { resolve } from "node:path";
import { parseBytes } from "./bytes.ts";
import { readConfiguration } from "./configuration.ts";
import type { Environment } from "./environment.ts";
import { problemAt } from "./problem.ts";

/** The durable record, as the project wants it. */
export interface JournalSettings {
  readonly type: "sqlite" | "memory";
  /** Absolute. @default .backstitch/journal.db in the project's folder */
  readonly path: string;
  /** The journal pauses the sources before it grows further. Undefined: only the disk limits it. */
  readonly maxBytes: number | undefined;
  /** Which events it keeps. @default "matched" */
  readonly events: KeptEvents;
}

const AT = ["journal"];
const DEFAULT_PATH = ".backstitch/journal.db";
const LEAST_BYTES = 1_000_000;

export const journalSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    type: { type: "string", enum: ["sqlite", "memory"] },
    path: { type: "string", minLength: 1, description: "Relative to the project's folder." },
    maxBytes: { anyOf: [{ type: "integer", minimum: LEAST_BYTES }, { type: "string" }], description: '"10GB", or a number of bytes.' },
    events: {
      type: "string",
      enum: ["matched", "all", "none"],
      description:
        "Which events are kept for explain, beside those that a delivery or an undecided rule refers to: the last that matched nothing, all for 7 days, or none.",
      default: "matched",
    },
  },
} as const satisfies JsonSchema;

/** Reads `journal` of `backstitch.json`. */
export function readJournal(
  located: Located | undefined,
  folder: string,
  environment: Environment,
): { readonly journal: JournalSettings; readonly problems: readonly Problem[] } {
  const written = located === undefined ? undefined : valueAt(located, AT);
  if (located === undefined || written === undefined) return { journal: settingsOf({}, folder), problems: [] };
  const { value, problems } = readConfiguration(written, { located, at: AT, schema: journalSchema, environment }, "JOURNAL");
  if (problems.length > 0) return { journal: settingsOf({}, folder), problems };
  const { maxBytes } = value as Written;
  const journal = settingsOf(value as Written, folder);
  const isBad = maxBytes !== undefined && (journal.maxBytes === undefined || journal.maxBytes < LEAST_BYTES);
  return { journal, problems: isBad ? [badSize(located, String(maxBytes))] : [] };
}

type Written = FromSchema<typeof journalSchema>;

function settingsOf({ type = "sqlite", path = DEFAULT_PATH, maxBytes, events = "matched" }: Written, folder: string): JournalSettings {
  return { type, path: resolve(folder, path), maxBytes: typeof maxBytes === "string" ? parseBytes(maxBytes) : maxBytes, events };
}

function badSize(located: Located, text: string): Problem {
  const message = `"maxBytes" is ${JSON.stringify(text.slice(0, 60))}; it must be at least 1MB, such as "500MB", "10GB" or "1GiB".`;
  return problemAt(located.placeOf([...AT, "maxBytes"]), "JOURNAL_VALUE_INVALID", message);
}
