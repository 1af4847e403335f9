import type { Gateway } from "@backstitch/gateway";
import { type GatewaySettings, type Project, validate } from "@backstitch/project";
import { Quit } from "./quit.ts";
import type { Webhooks } from "./webhooks.ts";

export interface ServeGatewayOptions {
  readonly webhooks: Pick<Webhooks, "routes">;
  /** Told of what is not the asker's to mend. */
  readonly failed: (error: unknown) => void;
}

/** Serves the project's collections and webhooks over HTTP. @throws Quit where the project has no gateway, or it cannot be. */
export async function serveGateway({ gateway }: Pick<Project, "gateway">, { webhooks, failed }: ServeGatewayOptions): Promise<Gateway> {
  if (gateway === undefined)
    throw new Quit(
      '--http serves collections, and backstitch.json has no gateway: write "gateway": {"connectionString": {"$secret": "DATABASE_URL"}}.',
    );
  const { connectionString, ...settings } = gateway;
  if (connectionString === undefined && settings.collections.length > 0) throw new Quit("The gateway has no connection string.");
  const [{ openGateway, GatewayMisconfigured }, { postgresReader }] = await Promise.all([
    import("@backstitch/gateway"),
    import("@backstitch/sources/postgres"),
  ]);
  try {
    return await openGateway({
      host: settings.host,
      port: settings.port,
      database: connectionString && { connectionString, connections: settings.connections },
      readersOf: postgresReader,
      rules: rulesOf(settings),
      validate,
      webhooks: webhooks.routes,
      failed,
    });
  } catch (error) {
    throw error instanceof GatewayMisconfigured ? new Quit(error.message) : notOpened(settings, error);
  }
}

export function rulesOf({ collections, values }: Pick<GatewaySettings, "collections" | "values">): Parameters<Gateway["use"]>[0] {
  return { collections, values };
}

/** The driver's own errors may hold what it was configured with. */
function notOpened({ host, port }: Pick<GatewaySettings, "host" | "port">, error: unknown): Quit {
  const { code } = error as { code?: unknown };
  if (code === "EADDRINUSE") return new Quit(`The gateway cannot listen on ${host}:${port}: the port is in use. Give another "port".`);
  return new Quit(`The gateway cannot be opened: ${typeof code === "string" ? code : "no reason given"}.`);
}
