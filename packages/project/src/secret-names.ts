import { readJson } from "@backstitch/rules/json";
import { resolve } from "node:path";
import { readFolder } from "./folder/read-folder.ts";
import { secretNamesIn } from "./secret-names-in.ts";

/** The names that the service files of a project's folder give by `$secret`, each once: to be had before the project is loaded. What cannot be read names none. */
export async function secretNames(folder: string): Promise<readonly string[]> {
  const { services } = await readFolder(resolve(folder));
  const names = services.flatMap(({ path, text }) => secretNamesIn(readJson(path, text).located?.value));
  return [...new Set(names)];
}
