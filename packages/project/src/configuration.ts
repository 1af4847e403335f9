import { Secret, type SchemaFault } from "@backstitch/core/connector";
import type { Problem } from "@backstitch/core/rules";
import { schemaProblems } from "@backstitch/rules/problems";
import { followReferences, type ConfigPlace } from "./references.ts";
import type { Path } from "./schema/schema-at.ts";

/** Configuration that may be used where there are no problems. */
export interface Configuration {
  readonly value: unknown;
  readonly problems: readonly Problem[];
}

/** Follows a configuration's references and validates what they give by its schema. `code` is what the codes of its problems begin with. */
export function readConfiguration(value: unknown, place: ConfigPlace, code: string): Configuration {
  const { value: config, problems, failed } = followReferences(value, place);
  const faults = place
    .validate(place.schema)(revealed(config))
    .filter((fault) => !isAbout(fault, failed));
  return { value: config, problems: [...problems, ...schemaProblems(place.located, faults, { code, at: place.at })] };
}

/** A validator sees a secret as the text that it is; what it says of it never quotes it. */
function revealed(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, revealed(item)]));
}

/** Of a value that could not be had, nothing more is said; nor which branch it would have taken. */
function isAbout({ path, keyword, property }: SchemaFault, failed: readonly Path[]): boolean {
  const whole = property === undefined || keyword !== "required" ? path : [...path, property];
  const isChoiceOfKeys = keyword === "required" && property === undefined;
  const isChoice = isChoiceOfKeys || keyword === "anyOf" || keyword === "oneOf" || keyword === "not";
  return failed.some((bad) => isPrefix(bad, whole) || (isChoice && isPrefix(path, bad)));
}

function isPrefix(prefix: Path, path: Path): boolean {
  return prefix.every((key, index) => path[index] === key);
}
