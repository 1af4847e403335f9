import type { AnyConnector, JsonSchema } from "@backstitch/core/connector";
import type { ExportedAs } from "../load-connector.ts";
import { AJV_RUNTIME, standaloneCode } from "./standalone.ts";

/** A connector that services name, and what a module imports to have it. */
export interface ImportedConnector {
  readonly type: string;
  readonly connector: AnyConnector;
  readonly from: ExportedAs;
  /** Those whose arguments are checked. */
  readonly actions: ReadonlySet<string>;
  /** Whether what its links are made of is checked. */
  readonly link: boolean;
}

/** What a built module is written of. */
export interface ModuleParts {
  /** The package that opens it: `built` in it, and what stands beside. */
  readonly runtime: string;
  readonly rules: string;
  readonly services: string;
  readonly warnings: readonly string[];
  readonly connectors: readonly ImportedConnector[];
  /** What stands beside `built` in the runtime, and is needed: `liquid`, `regex`, `index`. */
  readonly extras: readonly string[];
}

const HEAD = `// Made by "backstitch build": what is changed here is lost. No value of a variable or secret is in it.`;

/** The text of a built project's module. */
export function moduleText(parts: ModuleParts): string {
  const runtime = `${parts.runtime}/built`;
  const connectors = parts.connectors.map((one, index) => printConnector(one, index));
  const validators = standaloneCode(new Map(connectors.flatMap(({ schemas }) => schemas)));
  const called = AJV_RUNTIME.filter((name) => validators.includes(name));
  const imports = [
    importOf(["builtProject", ...called], runtime),
    ...parts.extras.map((name) => importOf([name], `${runtime}/${name}`)),
    ...connectors.map(({ imported }) => imported),
  ];
  const entries = [
    `rules: ${JSON.stringify(parts.rules)}`,
    `services: ${JSON.stringify(parts.services)}`,
    `warnings: ${JSON.stringify(parts.warnings)}`,
    `connectors: {\n${connectors.map(({ entry }) => `    ${entry},\n`).join("")}  }`,
    ...parts.extras,
  ];
  const project = `export const project = builtProject({\n${entries.map((entry) => `  ${entry},\n`).join("")}});`;
  return `${[HEAD, imports.join("\n"), validators, project].filter((part) => part !== "").join("\n\n")}\n`;
}

/** The types of such a module, for people who write TypeScript. */
export function declarationText(runtime: string): string {
  return `${importOf(["type BuiltOpen"], runtime)}

/**
 * Opens the project that was built.
 * @param environment What \`$env\` and \`$secret\` name. @default process.env
 * \`withSecrets\` gives it secrets out of a store.
 * @throws Error with every problem on a line of its own: what is not set, or is not as it must be.
 */
export declare const project: BuiltOpen;
`;
}

function printConnector({ type, connector, from, actions: asked, link: linking }: ImportedConnector, index: number) {
  const config = `config${index}`;
  const actions = Object.entries(connector.actions)
    .filter(([name]) => asked.has(name))
    .map(([name, { args }], place) => ({ name, args, accepts: `args${index}_${place}` }));
  const link = linking ? connector.link : undefined;
  const linked = `link${index}`;
  const schemas: [string, JsonSchema][] = [
    [config, connector.config],
    ...actions.map(({ accepts, args }): [string, JsonSchema] => [accepts, args]),
    ...(link === undefined ? [] : [[linked, link.args] as [string, JsonSchema]]),
  ];
  const byAction = actions.map(({ name, accepts }) => `${keyOf(name)}: ${accepts}`).join(", ");
  return {
    schemas,
    imported: `import { ${from.name} as connector${index} } from ${JSON.stringify(from.specifier)};`,
    entry: `${keyOf(type)}: { connector: connector${index}, config: ${config}, actions: { ${byAction} }${link === undefined ? "" : `, link: ${linked}`} }`,
  };
}

/** Computed: a name like `__proto__` is one like any other. */
function keyOf(name: string): string {
  return `[${JSON.stringify(name)}]`;
}

function importOf(names: readonly string[], specifier: string): string {
  return `import { ${names.join(", ")} } from ${JSON.stringify(specifier)};`;
}
