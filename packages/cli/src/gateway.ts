import type { Journal } from "@backstitch/core/journal";
import { createCaller, type Services } from "@backstitch/core/runtime";
import type { Source } from "@backstitch/core/source";
import type { Gateway, GatewayLogin } from "@backstitch/gateway";
import { type GatewaySettings, type LoginSettings, type Project, validate } from "@backstitch/project";
import { Quit } from "./quit.ts";
import { openWebhooks } from "./webhooks.ts";

export interface ServeGatewayOptions {
  /** Those in force. */
  readonly services: () => Services;
  /** Undefined until it is open. */
  readonly journal: () => Journal | undefined;
  /** What this process is called among those that share a journal. Undefined: it is the only one. */
  readonly worker?: string | undefined;
  /** Has a mail of the login sent. */
  readonly send: GatewayLogin["send"];
  /** Told of what is not the asker's to mend. */
  readonly failed: (error: unknown) => void;
}

/** What a project serves over HTTP. */
export interface Served extends Pick<Gateway, "url" | "live" | "close"> {
  /** Webhooks: sources that this process feeds itself. */
  readonly fed: readonly Source[];
  /** Puts what a changed project says in force. @throws what the gateway does */
  use(project: Project): Promise<void>;
}

/** Serves the project's collections, webhooks and services over HTTP. @throws Quit where the project has no gateway, or it cannot be. */
export async function serveGateway(project: Project, { services, journal, worker, send, failed }: ServeGatewayOptions): Promise<Served> {
  const { gateway } = project;
  if (gateway === undefined)
    throw new Quit(
      '--http serves collections, and backstitch.json has no gateway: write "gateway": {"connectionString": {"$secret": "DATABASE_URL"}}.',
    );
  const { connectionString, ...settings } = gateway;
  if (connectionString === undefined && (settings.collections.length > 0 || settings.login !== undefined))
    throw new Quit("The gateway has no connection string.");
  const [{ openGateway, GatewayMisconfigured }, { postgresReader }] = await Promise.all([
    import("@backstitch/gateway"),
    import("@backstitch/sources/postgres"),
  ]);
  const webhooks = await openWebhooks(project, worker);
  try {
    const opened = await openGateway({
      host: settings.host,
      port: settings.port,
      database: connectionString && { connectionString, connections: settings.connections },
      readersOf: postgresReader,
      rules: rulesOf(settings),
      validate,
      webhooks: webhooks.routes,
      call: createCaller({ services, journal }),
      origins: settings.origins,
      proxies: settings.proxies,
      openapi: settings.openapi,
      login: settings.login && { options: { ...loginOf(settings.login), publicUrl: settings.publicUrl }, send },
      failed,
    });
    return {
      ...opened,
      fed: webhooks.sources,
      async use(changed) {
        if (changed.gateway !== undefined) await opened.use(rulesOf(changed.gateway));
        await webhooks.use(changed);
      },
    };
  } catch (error) {
    throw error instanceof GatewayMisconfigured ? new Quit(error.message) : notOpened(settings, error);
  }
}

function rulesOf({ collections, values }: Pick<GatewaySettings, "collections" | "values">): Parameters<Gateway["use"]>[0] {
  return { collections, values };
}

function loginOf({ written }: LoginSettings): GatewayLogin["options"] {
  const { emailPassword, signingKeyDays, ...others } = written;
  if (emailPassword === undefined) return { ...others, keyDays: signingKeyDays };
  const { confirm, reset, minimumLength } = emailPassword;
  const urls = { confirmUrl: confirm === false ? undefined : confirm.url, resetUrl: reset?.url };
  return { ...others, keyDays: signingKeyDays, emailPassword: { ...urls, minimumLength } };
}

/** The driver's own errors may hold what it was configured with. */
function notOpened({ host, port }: Pick<GatewaySettings, "host" | "port">, error: unknown): Quit {
  const { code } = error as { code?: unknown };
  if (code === "EADDRINUSE") return new Quit(`The gateway cannot listen on ${host}:${port}: the port is in use. Give another "port".`);
  return new Quit(`The gateway cannot be opened: ${typeof code === "string" ? code : "no reason given"}.`);
}
