import type { JsonSchema } from "@backstitch/core/connector";
import type { Problem } from "@backstitch/core/rules";
import type { Located } from "@backstitch/rules/json";
import { resolve } from "node:path";
import { readConfiguration } from "./configuration.ts";
import type { Environment } from "./environment.ts";
import { valueAt } from "./located-value.ts";
import { problemAt } from "./problem.ts";
import { bytesOf } from "./units.ts";

/** The durable record, as the project wants it. */
export interface JournalSettings {
  readonly type: "sqlite" | "memory";
  /** Absolute. @default .backstitch/journal.db in the project's folder */
  readonly path: string;
  /** The journal pauses the sources before it grows further. Undefined: only the disk limits it. */
  readonly maxBytes: number | undefined;
}

const LEAST_BYTES = 1_000_000;

const journalSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    type: { type: "string", enum: ["sqlite", "memory"] },
    path: { type: "string", minLength: 1, description: "Relative to the project's folder." },
    maxBytes: { anyOf: [{ type: "integer", minimum: LEAST_BYTES }, { type: "string" }], description: '"10GB", or a number of bytes.' },
  },
} as const satisfies JsonSchema;

/** Reads `journal` of `backstitch.json`. */
export function readJournal(
  located: Located,
  folder: string,
  environment: Environment,
): { readonly journal: JournalSettings; readonly problems: readonly Problem[] } {
  const at = ["journal"];
  const written = valueAt(located, at) ?? {};
  const { value, problems } = readConfiguration(written, { located, at, schema: journalSchema, environment }, "JOURNAL");
  const { type, path, maxBytes } = (problems.length === 0 ? value : {}) as {
    type?: "sqlite" | "memory";
    path?: string;
    maxBytes?: number | string;
  };
  const most = typeof maxBytes === "string" ? sizeOf(maxBytes) : maxBytes;
  const isBad = maxBytes !== undefined && (most === undefined || most < LEAST_BYTES);
  return {
    journal: { type: type ?? "sqlite", path: resolve(folder, path ?? ".backstitch/journal.db"), maxBytes: most },
    problems: isBad ? [...problems, badSize(located, String(maxBytes))] : problems,
  };
}

/** From the environment even a plain number is a text. */
function sizeOf(text: string): number | undefined {
  return bytesOf(text) ?? (/^\d{1,15}$/.test(text) ? Number(text) : undefined);
}

function badSize(located: Located, text: string): Problem {
  const message = `"maxBytes" is ${JSON.stringify(text.slice(0, 60))}; it must be at least 1MB, such as "500MB", "10GB" or "1GiB".`;
  return problemAt(located.placeOf(["journal", "maxBytes"]), "JOURNAL_VALUE_INVALID", message);
}
