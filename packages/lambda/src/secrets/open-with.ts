import type { BuiltOpen, OpenProject } from "../open-project.ts";
import { renewing } from "./renew.ts";
import { openSecretStore, type SecretsOptions } from "./store.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface OpenWith {
  readonly options: SecretsOptions;
  readonly environment: Environment;
  /** What is given by `$secret`. */
  readonly names: readonly string[];
  readonly open: (environment: Environment) => Promise<OpenProject>;
}

/** Opens a project with secrets out of a store: those that the environment does not give. */
export async function openWithSecrets({ options, environment, names, open }: OpenWith): Promise<OpenProject> {
  const asked = names.filter((name) => !environment[name]);
  if (asked.length === 0) return open(environment);
  const store = await openSecretStore(options);
  const secrets = await store.read(asked);
  const project = await open({ ...environment, ...Object.fromEntries(secrets) });
  const services = renewing(project.services, {
    store,
    names: asked,
    secrets,
    reopen: async (latest) => (await open({ ...environment, ...Object.fromEntries(latest) })).services,
  });
  return { ...project, services };
}

/**
 * Opens a project that was built, with secrets out of a store. What the environment gives is not asked for.
 * @throws SecretsMissing (an Error) with a line for each secret that is not to be had.
 */
export function withSecrets(project: BuiltOpen, options: SecretsOptions, environment: Environment = process.env): Promise<OpenProject> {
  return openWithSecrets({ options, environment, names: project.secretNames, open: async (given) => project(given) });
}
