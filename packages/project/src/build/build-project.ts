import { dirname, relative, resolve, sep } from "node:path";
import type { Problem } from "@backstitch/core/rules";
import { encodeValue, type Value } from "@backstitch/core/values";
import type { RuleSummary } from "@backstitch/rules";
import { buildRules } from "@backstitch/rules/build";
import { valueAt } from "@backstitch/rules/problems";
import { analyse } from "../analyse.ts";
import type { BuiltService } from "../built/built-project.ts";
import { placesUnder } from "../built/places.ts";
import type { ExportedAs } from "../load-connector.ts";
import { hasErrors, inOrder } from "../problem.ts";
import { readProject, type ReadProject } from "../read-project.ts";
import { withCallback, type ReceiptsSettings } from "../receipts.ts";
import type { ReadService } from "../services.ts";
import type { Tables } from "../tables.ts";
import { withoutJournal } from "../without-journal.ts";
import { declarationText, moduleText, type ImportedConnector } from "./module-text.ts";

export interface BuildOptions {
  readonly tables: Tables;
  /** The package that opens what is built. */
  readonly runtime: string;
  /** By the names of the tables' connectors: what a module imports to have one. */
  readonly modules: { readonly [type: string]: ExportedAs };
  /** The file that the module will be written to: paths of the project's own connectors are from there. */
  readonly out: string;
}

/** A project as a module, or what keeps it from being one. */
export interface Built {
  /** Undefined where a problem is an error, or something is refused. */
  readonly module: string | undefined;
  /** Its types. */
  readonly declaration: string;
  readonly problems: readonly Problem[];
  /** What Lambda cannot do, each a line. */
  readonly refused: readonly string[];
  /** What Lambda does not keep, each a line. */
  readonly ignored: readonly string[];
  readonly rules: number;
  readonly services: number;
}

/** Reads and checks a project's folder, and writes all that Lambda needs of it into one module. No value of a variable or secret is needed. Nothing that a person wrote makes it throw. */
export async function buildProject(folder: string, { tables, runtime, modules, out }: BuildOptions): Promise<Built> {
  const read = await readProject({ folder, tables, environment: {}, unset: "leave-out", tests: "problem", previous: undefined });
  const { ruleSet } = read.rules;
  const about = { declaration: declarationText(runtime), rules: ruleSet?.rules.length ?? 0, services: read.services.length };
  if (ruleSet === undefined || hasErrors(read.problems))
    return { module: undefined, problems: read.problems, refused: [], ignored: [], ...about };
  const problems = inOrder([...read.problems, ...(await analyse(read, {}))]);
  const definitions = read.services.flatMap(({ definition }) => definition ?? []);
  const { refused, ignored } = withoutJournal(ruleSet.rules, definitions);
  const module =
    refused.length > 0 ? undefined : moduleOf(read, { runtime, modules, out: resolve(out), warnings: ignored, rules: ruleSet.rules });
  return { module, problems, refused, ignored, ...about };
}

interface Printing {
  readonly runtime: string;
  readonly modules: BuildOptions["modules"];
  /** Absolute. */
  readonly out: string;
  readonly warnings: readonly string[];
  readonly rules: readonly RuleSummary[];
}

function moduleOf({ path, read, catalogue, services, receipts }: ReadProject, printing: Printing): string {
  const { runtime, modules, out, warnings } = printing;
  const asked = printing.rules.flatMap(({ actions }) => actions);
  const guards = services.flatMap(({ name, written }) => (written?.guards === undefined ? [] : [[name, written.guards] as const]));
  const { text: rules, needs, linking } = buildRules(read, catalogue, new Map(guards));
  const connectors = new Map<string, ImportedConnector>();
  for (const { name, connector, written } of services) {
    if (connector === undefined || written === undefined) continue;
    const { type, exportedAs } = written;
    const from = exportedAs === undefined ? modules[type] : fromOut(exportedAs, path, out);
    if (from === undefined) throw new RangeError(`It is not known where the connector "${type}" is imported from.`);
    const ofService = asked.filter(({ service }) => service === name).map(({ action }) => action);
    // Of a service that no rule names code asks something.
    const links = linking.includes(name);
    const checked = ofService.length === 0 && !links ? Object.keys(connector.actions) : ofService;
    const { actions = [], link = false } = connectors.get(type) ?? {};
    connectors.set(type, { type, connector, from, actions: new Set([...actions, ...checked]), link: link || links });
  }
  const encoded = encodeValue(services.flatMap((service) => serviceOf(service, receipts.receipts)) as unknown as Value);
  return moduleText({ runtime, rules, services: encoded, warnings, connectors: [...connectors.values()], extras: needs });
}

/** A path is the project folder's; a package is found from wherever the module is. */
function fromOut({ specifier, name }: ExportedAs, folder: string, out: string): ExportedAs {
  if (!/^[./]/.test(specifier)) return { specifier, name };
  const path = relative(dirname(out), resolve(folder, specifier)).split(sep).join("/");
  return { specifier: path.startsWith(".") ? path : `./${path}`, name };
}

function serviceOf({ name, definition, written }: ReadService, receipts: ReceiptsSettings | undefined): readonly BuiltService[] {
  if (definition === undefined || written === undefined) return [];
  const { type, located } = written;
  const { retry, deadlineMs, concurrency, limits } = definition;
  const config = withCallback(valueAt(located, ["config"]) ?? {}, definition, receipts);
  return [{ name, type, config, places: placesUnder(located, ["config"], config), retry, deadlineMs, concurrency, limits }];
}
