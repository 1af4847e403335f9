import type { JsonSchema, Validate } from "@backstitch/core/connector";
import type { Problem, RuleSet } from "@backstitch/core/rules";
import { openService, type Service, type Services } from "@backstitch/core/runtime";
import { decodeValue } from "@backstitch/core/values";
import { openRules } from "@backstitch/rules/built";
import { readConfiguration, type Configuration } from "../configuration.ts";
import { environmentOf, type Environment } from "../environment.ts";
import { inOrder } from "../problem.ts";
import { secretNamesIn } from "../secret-names-in.ts";
import { checkBy, type Accepts, type Words } from "../schema/check-by.ts";
import type { BuiltConnector, BuiltProject, BuiltService } from "./built-project.ts";
import { RememberedFile } from "./places.ts";

/** A built project's rules and services, or what keeps it from being opened. */
export interface OpenedProject {
  /** Undefined where there is a problem. */
  readonly opened: { readonly rules: RuleSet; readonly services: Services } | undefined;
  /** All that is wrong with the environment at once; no text of it holds a secret. */
  readonly problems: readonly Problem[];
}

/** Opens a built project. @param environment What `$env` and `$secret` name: there is no `.env` here. */
export function openBuilt(built: BuiltProject, environment: Readonly<Record<string, string | undefined>>): OpenedProject {
  const { connectors, liquid, regex, index } = built;
  const variables = environmentOf(environment, undefined, "problem");
  const services = decodeValue(built.services) as unknown as readonly BuiltService[];
  const read = services.map((service) => ({ service, config: readConfig(service, connectorOf(connectors, service), variables) }));
  const problems = inOrder(read.flatMap(({ config }) => config.problems));
  if (problems.length > 0) return { opened: undefined, problems };
  const actions = new Map(services.map((service) => [service.name, actionsOf(connectorOf(connectors, service))]));
  const links = new Map(services.flatMap((service) => linkOf(service, connectorOf(connectors, service))));
  const { rules, guards } = openRules(built.rules, { services: actions, links, liquid, regex, index });
  const opened = read.map(({ service, config }): [string, Service] => {
    const { name, type: _, config: __, places: ___, ...policy } = service;
    const known = connectorOf(connectors, service);
    const definition = { name, connector: known.connector, config: config.value, guard: guards.get(name), ...policy };
    return [name, openService(definition, validateBy(known, { quotes: false }))];
  });
  return { opened: { rules, services: new Map(opened) }, problems };
}

/** What its services give by `$secret`, each name once. */
export function secretNamesOf({ services }: BuiltProject): readonly string[] {
  return [...new Set(secretNamesIn((decodeValue(services) as unknown as readonly BuiltService[]).map(({ config }) => config)))];
}

function connectorOf(connectors: BuiltProject["connectors"], { type }: BuiltService): BuiltConnector {
  const connector = Object.hasOwn(connectors, type) ? connectors[type] : undefined;
  if (connector === undefined) throw new RangeError(`The connector "${type}" was not built.`);
  return connector;
}

function actionsOf({ connector }: BuiltConnector): ReadonlyMap<string, { readonly args: JsonSchema }> {
  return new Map(Object.entries(connector.actions));
}

function linkOf(
  { name }: BuiltService,
  { connector: { link } }: BuiltConnector,
): readonly (readonly [string, { readonly args: JsonSchema }])[] {
  return link === undefined ? [] : [[name, link]];
}

function readConfig({ name, config, places }: BuiltService, built: BuiltConnector, environment: Environment): Configuration {
  const located = new RememberedFile(`services/${name}.json`, { config }, places);
  const validate = validateBy(built, { quotes: true });
  return readConfiguration(config, { located, at: ["config"], schema: built.connector.config, validate, environment }, "SERVICE");
}

/** @throws RangeError for a schema that was not built. */
function validateBy({ connector, config, actions, link }: BuiltConnector, words: Words): Validate {
  const known = new Map<JsonSchema, Accepts | undefined>([[connector.config, config]]);
  for (const [name, { args }] of Object.entries(connector.actions))
    known.set(args, Object.hasOwn(actions, name) ? actions[name] : undefined);
  if (connector.link !== undefined) known.set(connector.link.args, link);
  return (schema) => {
    const accepts = known.get(schema);
    // Code alone asks for it: for dead letters.
    if (accepts === undefined && known.has(schema)) return () => [];
    if (accepts === undefined)
      throw new RangeError(`The connector "${connector.type}" is another than was built: build the project again.`);
    return checkBy(accepts, schema, words);
  };
}
