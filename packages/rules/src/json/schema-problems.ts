import type { SchemaFault } from "@backstitch/core/connector";
import type { Problem } from "@backstitch/core/rules";
import { didYouMean, listOf } from "./did-you-mean.ts";
import type { Located, LocatedPath } from "./located.ts";

export interface SchemaProblemsOptions {
  /** What the codes begin with: `RULE` gives `RULE_KEY_UNKNOWN`, `RULE_KEY_MISSING`, `RULE_TYPE`, `RULE_VALUE_UNKNOWN`, `RULE_VALUE_INVALID`. */
  readonly code: string;
  /** Where in the file the checked value sits. @default the whole file */
  readonly at?: LocatedPath;
}

const KINDS: Readonly<Record<string, string>> = {
  additionalProperties: "KEY_UNKNOWN",
  unevaluatedProperties: "KEY_UNKNOWN",
  required: "KEY_MISSING",
  type: "TYPE",
  enum: "VALUE_UNKNOWN",
  const: "VALUE_UNKNOWN",
};

/** What a validator found, with addresses and "did you mean". */
export function schemaProblems(located: Located, faults: readonly SchemaFault[], { code, at = [] }: SchemaProblemsOptions): Problem[] {
  return faults.map((fault) => {
    const kind = KINDS[fault.keyword] ?? "VALUE_INVALID";
    const path = [...at, ...fault.path];
    const remedy = remedyFor(fault, kind, textAt(located, path));
    const place = kind === "KEY_UNKNOWN" ? placeOfUnknown(located, path, fault.property) : located.placeOf(path);
    return { place, code: `${code}_${kind}`, severity: "error", message: fault.message, ...(remedy === undefined ? {} : { remedy }) };
  });
}

/** A fault names the object and the property, or the property's own path. */
function placeOfUnknown(located: Located, path: LocatedPath, property: string | undefined): Problem["place"] {
  const own = property === undefined ? path : [...path, property];
  return located.placeOf(located.has(own) ? own : path, "key");
}

function remedyFor({ property, allowed }: SchemaFault, kind: string, text: string | undefined): string | undefined {
  if (allowed === undefined || allowed.length === 0 || kind === "KEY_MISSING") return undefined;
  const name = kind === "KEY_UNKNOWN" ? property : text;
  const guess = name === undefined ? undefined : didYouMean(name, allowed);
  return guess ?? (kind === "KEY_UNKNOWN" ? `The keys are ${listOf(allowed)}.` : `It may be ${listOf(allowed)}.`);
}

function textAt(located: Located, path: LocatedPath): string | undefined {
  let value = located.value;
  for (const segment of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Record<string | number, unknown>)[segment];
  }
  return typeof value === "string" ? value : undefined;
}
