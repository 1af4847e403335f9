import { readJson } from "@backstitch/rules/json";
import { resolve } from "node:path";
import { readFolder } from "./folder/read-folder.ts";

/** What is shorter or has other characters is no name, and may be the secret itself. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The names that the service files of a project's folder give by `$secret`, each once: to be had before the project is loaded. What cannot be read names none. */
export async function secretNames(folder: string): Promise<readonly string[]> {
  const { services } = await readFolder(resolve(folder));
  const names = services.flatMap(({ path, text }) => secretNamesIn(readJson(path, text).located?.value));
  return [...new Set(names)];
}

/** The names that a configuration gives by `$secret`. */
export function secretNamesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(secretNamesIn);
  if (typeof value !== "object" || value === null) return [];
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only?.[0] === "$secret") return typeof only[1] === "string" && NAME.test(only[1]) ? [only[1]] : [];
  return entries.flatMap(([, item]) => secretNamesIn(item));
}
