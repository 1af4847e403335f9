import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AnyConnector } from "../../packages/core/src/connector/index.ts";
import { tables } from "../../packages/cli/src/tables.ts";
import { fillRegions } from "./markdown.ts";
import { expectShape } from "./page-shape.ts";
import { actionSections, configTable, costTable, repeatsTable } from "./regions/connector-page.ts";
import { connectorTable, install, repeatTable, sdkTable } from "./regions/connectors.ts";
import { failureTables } from "./regions/failures.ts";
import { findingTable } from "./regions/findings.ts";
import { operatorTable } from "./regions/operators.ts";
import { retryTable } from "./regions/retries.ts";
import { transitionTable } from "./regions/transitions.ts";
import { collectionFileSchema } from "./schemas/collection.ts";
import { manifestFileSchema } from "./schemas/manifest.ts";
import { ruleFileSchema } from "./schemas/rule.ts";
import { ruleTestFileSchema } from "./schemas/rule-test.ts";
import { serviceFileSchema } from "./schemas/service.ts";
import { webhookFileSchema } from "./schemas/webhook.ts";

/** A file that is generated, whole or in its regions. */
export interface Output {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

/** Everything that is generated, as it must be; not yet formatted. */
export async function outputs(root: string): Promise<readonly Output[]> {
  const connectors = await Promise.all(Object.values(tables.connectors).map((load) => load()));
  const schemas = {
    "packages/rules/schema/rule.json": ruleFileSchema(),
    "packages/rules/schema/rule-test.json": ruleTestFileSchema(),
    "packages/rules/schema/collection.json": collectionFileSchema(),
    "packages/project/schema/service.json": serviceFileSchema(connectors),
    "packages/project/schema/backstitch.json": manifestFileSchema(tables.sources),
    "packages/project/schema/webhook.json": webhookFileSchema(),
  };
  const pages = globSync("docs/**/*.md", { cwd: root }).toSorted();
  for (const { type } of connectors) {
    const page = join("docs", "connectors", `${type}.md`);
    if (!pages.includes(page)) throw new Error(`The connector "${type}" has no page ${page}.`);
    expectShape(page, readFileSync(join(root, page), "utf8"), type);
  }
  return [
    ...Object.entries(schemas).map(([path, schema]) => ({ path, text: JSON.stringify(schema, undefined, 2) })),
    ...pages.map((path) => ({ path, text: fillRegions(readFileSync(join(root, path), "utf8"), (what) => region(what, path, connectors)) })),
  ];
}

function region(what: string, page: string, connectors: readonly AnyConnector[]): string {
  const [name = "", type] = what.split(" ");
  const plain = PLAIN[name];
  if (plain !== undefined && type === undefined) return plain(connectors);
  const connector = connectors.find((one) => one.type === type);
  const ofConnector = OF_CONNECTOR[name];
  if (connector === undefined || ofConnector === undefined) throw new Error(`${page}: there is no region "${what}".`);
  return ofConnector(connector);
}

const PLAIN: Readonly<Record<string, (connectors: readonly AnyConnector[]) => string>> = {
  connectors: connectorTable,
  repeats: repeatTable,
  sdks: sdkTable,
  findings: findingTable,
  operators: operatorTable,
  retries: retryTable,
  transitions: transitionTable,
};

const OF_CONNECTOR: Readonly<Record<string, (connector: AnyConnector) => string>> = {
  install,
  config: configTable,
  actions: actionSections,
  costs: costTable,
  repeats: repeatsTable,
  failures({ type }) {
    const made = failureTables[type];
    if (made === undefined) throw new Error(`scripts/generate/regions/failures.ts has no table for "${type}".`);
    return made();
  },
};
