import { createRequire } from "node:module";
import { isAbsolute, join } from "node:path";
import { pathToFileURL } from "node:url";

/** Node 24 knows the option and its types do not: without it a package that exports for `import` alone is not found. */
interface ImportOptions {
  readonly paths?: string[];
  readonly conditions: ReadonlySet<string>;
}

/** Imports a module as a file in the folder would: packages from the folder's `node_modules`, paths relative to the folder. */
export async function importFrom(specifier: string, folder: string): Promise<unknown> {
  const options: ImportOptions = { conditions: new Set(["node", "import"]) };
  const path = createRequire(join(folder, "backstitch.json")).resolve(specifier, options);
  try {
    return (await import(isAbsolute(path) ? pathToFileURL(path).href : path)) as unknown;
  } catch (error) {
    throw isNotFound(error) ? new ImportNotFound() : error;
  }
}

/** The module is there; something that it imports is not. */
class ImportNotFound extends Error {
  readonly code = "IMPORT_NOT_FOUND";
}

/** Whether Node says that there is no such module. */
export function isNotFound(error: unknown): boolean {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return code === "MODULE_NOT_FOUND" || code === "ERR_MODULE_NOT_FOUND" || code === "ERR_PACKAGE_PATH_NOT_EXPORTED";
}
