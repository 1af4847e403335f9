import type { OpenProject } from "../open-project.ts";
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
