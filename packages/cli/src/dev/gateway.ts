import { Secret } from "@backstitch/core/connector";
import type { Gateway } from "@backstitch/gateway";
import type { Project } from "@backstitch/project";
import type { LocalPostgres } from "@backstitch/sandbox/postgres";
import { colours as pc } from "../colours.ts";
import { rulesOf, serveGateway } from "../gateway.ts";
import { openWebhooks, type Webhooks } from "../webhooks.ts";

/** The gateway of `dev`, and the sources that it feeds. */
export interface DevGateway {
  readonly gateway: Gateway;
  readonly webhooks: Webhooks;
  /** Puts a changed project in force. */
  use(project: Project): Promise<void>;
}

/** Over the embedded database; undefined: the project has none. @throws Quit where it cannot be */
export async function serveDevGateway(project: Project, { url }: LocalPostgres): Promise<DevGateway | undefined> {
  if (project.gateway === undefined) return undefined;
  const webhooks = await openWebhooks(project, undefined);
  const settings = { ...project.gateway, connectionString: new Secret(url) };
  const gateway = await serveGateway({ gateway: settings }, { webhooks, failed: (error) => console.error(error) });
  console.log(`Collections and webhooks are at ${pc.underline(gateway.url)}\n`);
  return {
    gateway,
    webhooks,
    async use(next) {
      if (next.gateway !== undefined) await gateway.use(rulesOf(next.gateway));
      await webhooks.use(next);
    },
  };
}
