import { LINK, type AnyConnector, type JsonSchema } from "@backstitch/core/connector";
import type { Guard, Problem } from "@backstitch/core/rules";
import type { ServiceDefinition } from "@backstitch/core/runtime";
import { compileGuards, type RuleFile } from "@backstitch/rules";
import type { GuardForm } from "@backstitch/rules/build";
import { readJson, schemaProblems, valueAt, type Located } from "@backstitch/rules/json";
import { readConfiguration } from "./configuration.ts";
import type { Connectors } from "./connectors.ts";
import type { Environment } from "./environment.ts";
import { limitsSchema, readLimits } from "./limits.ts";
import type { ExportedAs } from "./load-connector.ts";
import { textAt } from "./located-value.ts";
import { policyProperties, readPolicy, type Policy } from "./policy.ts";
import { problemAt } from "./problem.ts";
import { withCallback, type ReceiptsSettings } from "./receipts.ts";
import { validate } from "./schema/validate.ts";

/** What a service file may hold. `config` is read by its connector's schema, `guards` by the rules' compiler. */
export const serviceSchema = {
  type: "object",
  additionalProperties: false,
  required: ["connector"],
  properties: {
    $schema: { type: "string" },
    description: { type: "string" },
    connector: { type: "string", minLength: 1, description: "Which code knows the vendor." },
    config: { type: "object", description: "One account of the vendor." },
    guards: { type: "array", description: "What may be done: an action that no guard permits is denied." },
    ...policyProperties,
    limits: limitsSchema,
  },
} as const satisfies JsonSchema;

export interface ServiceContext {
  readonly connectors: Connectors;
  readonly defaults: Policy;
  readonly variables: Environment;
  readonly conditions: readonly RuleFile[];
  readonly values: readonly RuleFile[];
  readonly receipts: ReceiptsSettings | undefined;
}

/** A service as it was written and lowered. */
export interface WrittenService {
  readonly located: Located;
  /** What the file calls its connector. */
  readonly type: string;
  /** Undefined: the composition root has it. */
  readonly exportedAs: ExportedAs | undefined;
  /** Undefined: it has no guards. */
  readonly guards: readonly GuardForm[] | undefined;
}

/** A service file, read: a definition where there are no problems; its connector wherever that is known. */
export interface ReadService {
  readonly name: string;
  readonly connector: AnyConnector | undefined;
  readonly definition: ServiceDefinition | undefined;
  /** What a build needs beside the definition. Undefined where there is none. */
  readonly written: WrittenService | undefined;
  readonly problems: readonly Problem[];
}

/** Reads a service file: its connector, its configuration, its guards and how it attempts. */
export async function readService(file: RuleFile, context: ServiceContext): Promise<ReadService> {
  const name = file.path.slice("services/".length, -".json".length);
  const { located, problems: syntax } = readJson(file.path, file.text, { quotes: false });
  if (located === undefined) return { name, connector: undefined, definition: undefined, written: undefined, problems: syntax };
  const faults = validate(serviceSchema)(located.value);
  const shape = schemaProblems(located, faults, { code: "SERVICE" });
  const found = await findConnector(located, context);
  const config = readConfig(located, found.connector, context);
  const guards = readGuards(located, found.connector, context);
  const { policy, problems: inPolicy } = readPolicy(located, [], context.defaults);
  const { limits, problems: inLimits } = readLimits(located, found.connector);
  const problems = [...syntax, ...shape, ...found.problems, ...config.problems, ...guards.problems, ...inPolicy, ...inLimits];
  const { connector } = found;
  const usable = connector !== undefined && !problems.some(({ severity }) => severity === "error");
  const definition = usable
    ? { name, connector, config: withCallback(config.value, { name, connector }, context.receipts), guard: guards.guard, limits, ...policy }
    : undefined;
  const written = { located, type: textAt(located, ["connector"]) ?? "", exportedAs: found.exportedAs, guards: guards.forms };
  return { name, connector, definition, written: usable ? written : undefined, problems };
}

interface FoundConnector {
  readonly connector: AnyConnector | undefined;
  readonly exportedAs?: ExportedAs | undefined;
  readonly problems: readonly Problem[];
}

async function findConnector(located: Located, { connectors }: ServiceContext): Promise<FoundConnector> {
  const type = textAt(located, ["connector"]);
  const found = type === undefined || type === "" ? "broken" : await connectors.find(type);
  if (found === "broken") return { connector: undefined, problems: [] };
  if ("connector" in found) return { ...found, problems: [] };
  return { connector: undefined, problems: [problemAt(located.placeOf(["connector"]), found.code, found.message, found.remedy)] };
}

function readConfig(located: Located, connector: AnyConnector | undefined, { variables: environment }: ServiceContext) {
  const written = valueAt(located, ["config"]) ?? {};
  const isObject = typeof written === "object" && !Array.isArray(written);
  if (connector === undefined || !isObject) return { value: undefined, problems: [] };
  return readConfiguration(written, { located, at: ["config"], schema: connector.config, validate, environment }, "SERVICE");
}

function readGuards(
  located: Located,
  connector: AnyConnector | undefined,
  { conditions, values }: ServiceContext,
): { readonly guard: Guard | undefined; readonly forms?: readonly GuardForm[]; readonly problems: readonly Problem[] } {
  if (connector === undefined || !Array.isArray(valueAt(located, ["guards"]))) return { guard: undefined, problems: [] };
  return compileGuards(located, ["guards"], { conditions, values, actions: askedOf(connector), validate });
}

/** What a guard may list. */
function askedOf({ actions, link }: AnyConnector): readonly string[] {
  return [...Object.keys(actions), ...(link === undefined ? [] : [LINK])];
}
