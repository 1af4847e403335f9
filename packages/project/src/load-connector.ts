import { LINK, type AnyConnector, type Repeat } from "@backstitch/core/connector";
import { importFrom, isNotFound } from "./import-from.ts";
import { validate } from "./schema/validate.ts";
import { either } from "./schema/words.ts";
import type { Tables } from "./tables.ts";

/** What a module exports, and the module as the project names it. */
export interface ExportedAs {
  readonly specifier: string;
  readonly name: string;
}

/** A connector, and where it comes from unless it is the composition root's own; or why there is none. */
export type Loaded =
  | { readonly connector: AnyConnector; readonly exportedAs?: ExportedAs }
  | { readonly code: string; readonly message: string; readonly remedy: string };

const MADE_WRONG = "This is a mistake in the connector: tell whoever made it.";
/** Whoever says none of them would be repeated blindly: no `start` would be durable before a request. */
const REPEATS: ReadonlySet<Repeat> = new Set(["by-key", "by-nature", "repeats"]);

/** Loads a connector of the composition root's table. */
export async function loadOwn(type: string, load: () => Promise<AnyConnector>): Promise<Loaded> {
  try {
    return checked(type, await load());
  } catch (error) {
    return notLoaded(`The connector ${JSON.stringify(type)}`, error);
  }
}

/** Loads a third party's connector, as the project's folder sees its module. */
export async function loadForeign(type: string, specifier: string, folder: string, tables: Tables): Promise<Loaded> {
  const quoted = JSON.stringify(specifier);
  let module: unknown;
  try {
    module = await (tables.resolve ?? importFrom)(specifier, folder);
  } catch (error) {
    if (!isNotFound(error)) return notLoaded(`The module ${quoted}`, error);
    const isPath = /^[./]/.test(specifier);
    const remedy = isPath ? "The path is relative to the project's folder." : `Install it there: npm install ${specifier}`;
    return { code: "CONNECTOR_NOT_FOUND", message: `The module ${quoted} is not found from the project's folder.`, remedy };
  }
  try {
    return pick(type, specifier, module);
  } catch (error) {
    // What it exports may be read by code of its own.
    return notLoaded(`The module ${quoted}`, error);
  }
}

function pick(type: string, specifier: string, module: unknown): Loaded {
  const quoted = JSON.stringify(specifier);
  const exported = typeof module === "object" && module !== null ? Object.entries(module) : [];
  const connectors = new Map(
    exported.filter(([name, value]) => name !== "default" && looksLikeConnector(value)) as [string, AnyConnector][],
  );
  const all = [...new Set(connectors.values())];
  const found = connectors.get(type) ?? all.find((one) => one.type === type) ?? (all.length === 1 ? all[0] : undefined);
  if (found !== undefined) {
    const [name = type] = [...connectors].find(([, value]) => value === found) ?? [];
    const loaded = checked(type, found);
    return "connector" in loaded ? { ...loaded, exportedAs: { specifier, name } } : loaded;
  }
  const named = `It must export one by the name ${JSON.stringify(type)}: an object with type, summary, config, connect and actions.`;
  const message = all.length === 0 ? `The module ${quoted} exports no connector.` : `The module ${quoted} exports several connectors.`;
  return { code: "CONNECTOR_NOT_EXPORTED", message, remedy: named };
}

function looksLikeConnector(value: unknown): value is AnyConnector {
  if (typeof value !== "object" || value === null) return false;
  const { type, config, connect, actions } = value as Partial<Record<keyof AnyConnector, unknown>>;
  if (typeof type !== "string" || !isObject(config) || typeof connect !== "function" || !isObject(actions)) return false;
  return Object.values(actions).every(
    (one: unknown) => isObject(one) && isObject((one as { args?: unknown }).args) && typeof (one as { run?: unknown }).run === "function",
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** A schema that does not compile is its connector's mistake, and is found before anything is validated by it. */
function checked(type: string, connector: AnyConnector): Loaded {
  try {
    validate(connector.config);
    for (const { args } of Object.values(connector.actions)) validate(args);
    if (connector.link !== undefined) validate(connector.link.args);
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown error";
    const message = `The connector ${JSON.stringify(type)} has a schema that is not valid: ${why}.`;
    return { code: "CONNECTOR_INVALID", message, remedy: MADE_WRONG };
  }
  if (connector.link !== undefined && Object.hasOwn(connector.actions, LINK)) {
    const message = `The connector ${JSON.stringify(type)} makes links and has an action ${JSON.stringify(LINK)}, which guards could not tell from each other.`;
    return { code: "CONNECTOR_INVALID", message, remedy: MADE_WRONG };
  }
  const [unsaid] = Object.entries(connector.actions).find(([, { repeat }]) => !REPEATS.has(repeat)) ?? [];
  if (unsaid === undefined) return { connector };
  const message = `The action ${JSON.stringify(unsaid)} of the connector ${JSON.stringify(type)} does not say what repeating it does: its "repeat" must be ${either([...REPEATS])}.`;
  return { code: "CONNECTOR_INVALID", message, remedy: MADE_WRONG };
}

const IS_TYPESCRIPT = "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING";
const PUBLISH_JAVASCRIPT = "Node loads no TypeScript from node_modules. Install a version of it that has JavaScript.";

/** What a module says while it fails is not quoted: it may have read a secret. */
function notLoaded(what: string, error: unknown): Loaded {
  const { code } = isObject(error) ? (error as { code?: unknown }) : {};
  const name = error instanceof Error ? error.name : typeof error;
  const why = typeof code === "string" && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? `${name}, ${code}` : name;
  const remedy = code === IS_TYPESCRIPT ? PUBLISH_JAVASCRIPT : "Import it in a script of its own to see why.";
  return { code: "CONNECTOR_NOT_LOADED", message: `${what} failed while it was loaded (${why}).`, remedy };
}
