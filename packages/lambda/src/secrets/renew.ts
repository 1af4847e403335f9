import type { Service, Services } from "@backstitch/core/runtime";
import type { SecretStore, Secrets } from "./store.ts";

export interface RenewOptions {
  readonly store: SecretStore;
  readonly names: readonly string[];
  /** What the services were opened with. */
  readonly secrets: Secrets;
  /** The services with other secrets. */
  readonly reopen: (secrets: Secrets) => Promise<Services>;
}

/** How long a store that failed is left alone: what was read before stays in use. */
const REST_MS = 30_000;

/** Services whose clients are made anew once a secret was changed. An attempt under way keeps the client that it has. */
export function renewing(services: Services, { store, names, secrets, reopen }: RenewOptions): Services {
  let inUse = { secrets, services };
  let renewal: Promise<void> | undefined;
  let restUntil = 0;

  async function renew(): Promise<void> {
    try {
      const read = await store.read(names);
      if (names.some((name) => read.get(name) !== inUse.secrets.get(name))) inUse = { secrets: read, services: await reopen(read) };
    } catch {
      restUntil = Date.now() + REST_MS;
    }
  }

  async function latest(): Promise<Services> {
    if (Date.now() >= restUntil) await (renewal ??= renew().finally(() => (renewal = undefined)));
    return inUse.services;
  }

  const renewed = (service: Service): Service => ({
    ...service,
    client: async () => ((await latest()).get(service.name) ?? service).client(),
  });
  return new Map([...services].map(([name, service]) => [name, renewed(service)]));
}
