import { Secret } from "@backstitch/core/connector";
import type { Project } from "@backstitch/project";
import type { LocalPostgres } from "@backstitch/sandbox/postgres";
import { colours as pc } from "../colours.ts";
import { serveGateway, type Served, type ServeGatewayOptions } from "../gateway.ts";

/** The gateway of `dev`, over the embedded database; undefined: the project has none. @throws Quit where it cannot be */
export async function serveDevGateway(
  project: Project,
  { url }: LocalPostgres,
  parts: Pick<ServeGatewayOptions, "services" | "journal">,
): Promise<Served | undefined> {
  if (project.gateway === undefined) return undefined;
  const gateway = { ...project.gateway, connectionString: new Secret(url) };
  const served = await serveGateway({ ...project, gateway }, { ...parts, failed: (error) => console.error(error) });
  console.log(`Collections, webhooks and services are at ${pc.underline(served.url)}\n`);
  return served;
}
