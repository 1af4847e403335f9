import type { FromSchema, JsonSchema, Secret } from "@backstitch/core/connector";
import type { KeptEvents } from "@backstitch/core/journal";
import type { Problem } from "@backstitch/core/rules";
import { valueAt, type Located } from "@backstitch/rules/json";
import { resolve } from "node:path";
import { parseBytes } from "./bytes.ts";
import { readConfiguration } from "./configuration.ts";
import type { Environment } from "./environment.ts";
import { problemAt } from "./problem.ts";
import { validate } from "./schema/validate.ts";

/** The durable record, as the project wants it. */
export type JournalSettings = SqliteSettings | MemorySettings | PostgresSettings;

interface Limits {
  /** The journal pauses the sources before it grows further. Undefined: only the disk limits it. */
  readonly maxBytes: number | undefined;
  /** Which events it keeps. @default "matched" */
  readonly events: KeptEvents;
}

export interface SqliteSettings extends Limits {
  readonly type: "sqlite";
  /** Absolute. @default .backstitch/journal.db in the project's folder */
  readonly path: string;
}

export interface MemorySettings extends Limits {
  readonly type: "memory";
}

export interface PostgresSettings extends Limits {
  readonly type: "postgres";
  /** Undefined: the variable that it is in is not set, and that is no problem here. */
  readonly connectionString: Secret | undefined;
  /** @default "backstitch" */
  readonly schema: string;
}

const AT = ["journal"];
const DEFAULT_PATH = ".backstitch/journal.db";
const LEAST_BYTES = 1_000_000;

export const journalSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    type: { type: "string", enum: ["sqlite", "postgres", "memory"] },
    path: { type: "string", minLength: 1, description: "Of sqlite: relative to the project's folder." },
    connectionString: { type: "string", secret: true, description: "Of postgres: postgres://user:password@host/database" },
    schema: { type: "string", pattern: "^[a-z_][a-z0-9_]{0,62}$", description: "Of postgres: where its tables are. Default: backstitch." },
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
  const { value, problems } = readConfiguration(written, { located, at: AT, schema: journalSchema, validate, environment }, "JOURNAL");
  if (problems.length > 0) return { journal: settingsOf({}, folder), problems };
  const read = value as Written;
  const journal = settingsOf(read, folder);
  const isBad = read.maxBytes !== undefined && (journal.maxBytes === undefined || journal.maxBytes < LEAST_BYTES);
  const ofType = typeProblems(located, read.type ?? "sqlite", Object.keys(written as object));
  return { journal, problems: [...ofType, ...(isBad ? [badSize(located, String(read.maxBytes))] : [])] };
}

type Written = FromSchema<typeof journalSchema>;
type JournalType = JournalSettings["type"];

function settingsOf(written: Written, folder: string): JournalSettings {
  const { type = "sqlite", path = DEFAULT_PATH, maxBytes, events = "matched", connectionString, schema = "backstitch" } = written;
  const limits: Limits = { maxBytes: typeof maxBytes === "string" ? parseBytes(maxBytes) : maxBytes, events };
  if (type === "postgres") return { type, connectionString, schema, ...limits };
  return type === "memory" ? { type, ...limits } : { type, path: resolve(folder, path), ...limits };
}

/** Keys that only a journal of one type has. */
const KEYS_OF: Readonly<Record<string, JournalType>> = { path: "sqlite", connectionString: "postgres", schema: "postgres" };

function typeProblems(located: Located, type: JournalType, keys: readonly string[]): readonly Problem[] {
  const foreign = keys.filter((key) => Object.hasOwn(KEYS_OF, key) && KEYS_OF[key] !== type);
  const problems = foreign.map((key) => {
    const message = `${JSON.stringify(key)} belongs to a journal of the type "${KEYS_OF[key] ?? ""}"; this one's type is "${type}".`;
    return problemAt(located.placeOf([...AT, key], "key"), "JOURNAL_KEY_UNKNOWN", message);
  });
  if (type !== "postgres" || keys.includes("connectionString")) return problems;
  const message = 'A journal of the type "postgres" needs a "connectionString".';
  const remedy = 'Write "connectionString": {"$secret": "JOURNAL_URL"}, and set that variable to postgres://user:password@host/database.';
  return [...problems, problemAt(located.placeOf(AT), "JOURNAL_KEY_MISSING", message, remedy)];
}

function badSize(located: Located, text: string): Problem {
  const message = `"maxBytes" is ${JSON.stringify(text.slice(0, 60))}; it must be at least 1MB, such as "500MB", "10GB" or "1GiB".`;
  return problemAt(located.placeOf([...AT, "maxBytes"]), "JOURNAL_VALUE_INVALID", message);
}
