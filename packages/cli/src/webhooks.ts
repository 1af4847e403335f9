import { hostname } from "node:os";
import type { Secret } from "@backstitch/core/connector";
import type { Source } from "@backstitch/core/source";
import type { WebhookRoutes } from "@backstitch/gateway";
import type { Project, WebhookDefinition } from "@backstitch/project";
import type { Verify, Webhook, WebhookSettings } from "@backstitch/sources/webhook";

/** The project's webhooks: sources that the gateway feeds. */
export interface Webhooks {
  readonly sources: readonly Source[];
  /** Those in force. */
  routes(): WebhookRoutes;
  /** Puts what a changed project says in force. One that is new is a source that nobody reads yet: it waits for a restart. */
  use(project: Pick<Project, "webhooks" | "gateway">): Promise<void>;
}

/** @param worker What this process is called among those that share a journal: each takes requests by itself. Undefined: there is one. */
export async function openWebhooks(
  project: Pick<Project, "webhooks" | "gateway" | "journal">,
  worker: string | undefined,
): Promise<Webhooks> {
  const { createWebhook } = await import("@backstitch/sources/webhook");
  const partition = project.journal.type === "postgres" ? (worker ?? hostname()) : undefined;
  const open = new Map<string, Webhook>();
  let routes: WebhookRoutes = new Map();
  const use: Webhooks["use"] = async ({ webhooks, gateway }) => {
    const settings = new Map<string, WebhookSettings>();
    for (const one of webhooks) settings.set(one.name, await settingsOf(one, gateway?.publicUrl));
    for (const [name, ofOne] of settings) open.get(name)?.use(ofOne);
    routes = new Map(
      webhooks.flatMap(({ name, path, methods, maxBodyBytes }) => {
        const webhook = open.get(name);
        return webhook === undefined ? [] : [[path, { methods, maxBodyBytes, receive: webhook.receive }] as const];
      }),
    );
  };
  for (const one of project.webhooks) {
    const settings = await settingsOf(one, project.gateway?.publicUrl);
    open.set(one.name, createWebhook({ name: one.name, partition, settings }));
  }
  await use(project);
  return { sources: [...open.values()].map(({ source }) => source), routes: () => routes, use };
}

async function settingsOf(definition: WebhookDefinition, publicUrl: string | undefined): Promise<WebhookSettings> {
  const { methods, collection, idHeader, verify } = definition;
  return {
    methods,
    collection,
    idHeader,
    hasSecretInQuery: verify === "secretAsQueryParam",
    verify: await verifyOf(definition, publicUrl),
  };
}

async function verifyOf({ verify, secrets }: WebhookDefinition, publicUrl = ""): Promise<Verify> {
  const { verifyBy } = await import("@backstitch/sources/webhook");
  return verify === "twilio" ? byTwilio(secrets, publicUrl) : verifyBy(verify, secrets);
}

/** Twilio signs the address that it calls, and only the project knows that. */
async function byTwilio(secrets: readonly Secret[], publicUrl: string): Promise<Verify> {
  const [{ isSignedByTwilio }, { unverified }] = await Promise.all([
    import("@backstitch/connectors/twilio"),
    import("@backstitch/sources/webhook"),
  ]);
  return async (request) => {
    const called = { ...request, url: `${publicUrl}${request.url}` };
    for (const secret of secrets) if (await isSignedByTwilio(called, secret)) return;
    throw unverified(
      'X-Twilio-Signature is missing, or is not of this address and the account\'s auth token. Is "publicUrl" the address that Twilio calls?',
    );
  };
}
