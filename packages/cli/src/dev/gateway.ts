import { Secret } from "@backstitch/core/connector";
import type { Journal } from "@backstitch/core/journal";
import type { Project } from "@backstitch/project";
import type { LocalPostgres } from "@backstitch/sandbox/postgres";
import { colours as pc } from "../colours.ts";
import { serveGateway, type Served, type ServeGatewayOptions } from "../gateway.ts";
import type { InForce } from "../in-force.ts";
import { mailBy } from "../login-mail.ts";

/** The gateway of `dev`, over the embedded database; undefined: the project has none. @throws Quit where it cannot be */
export async function serveDevGateway(
  project: Project,
  { url }: LocalPostgres,
  { inForce, journal }: { readonly inForce: InForce; readonly journal: Journal },
): Promise<Served | undefined> {
  if (project.gateway === undefined) return undefined;
  const { openapi = true } = project.gateway;
  const gateway = { ...project.gateway, connectionString: new Secret(url), openapi };
  const sendMail = mailBy(inForce, ({ service, action, reason }) => console.error(`${service}.${action}: ${reason}`));
  const send: ServeGatewayOptions["send"] = async (mail) => {
    console.log(`To ${mail.purpose}: ${pc.underline(mail.link)}`);
    await sendMail(mail);
  };
  const services = (): ReturnType<InForce["services"]> => inForce.services();
  const served = await serveGateway(
    { ...project, gateway },
    { services, journal: () => journal, send, failed: (error) => console.error(error) },
  );
  const page = openapi ? `\nA page to try them is at ${pc.underline(`${served.url}/docs`)}` : "";
  console.log(`The collections are at ${pc.underline(served.url)}${page}\n`);
  return served;
}
