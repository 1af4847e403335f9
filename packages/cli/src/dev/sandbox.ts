import { Secret } from "@backstitch/core/connector";
import type { Peer } from "@backstitch/core/testing";
import type { Project } from "@backstitch/project";
import type { LocalPostgres } from "@backstitch/sandbox/postgres";
import { Quit } from "../quit.ts";

/** Local stand-ins for the vendors, and a project whose services send to them. */
export interface DevSandbox {
  redirect(project: Project): Project;
  close(): Promise<void>;
}

const KEYS = { accessKeyId: "AKIASANDBOX", secretAccessKey: new Secret("sandbox") };

/** Starts a PostgreSQL of our own: logical replication on, loopback only, gone when stopped. @throws Quit where it cannot. */
export async function startDevPostgres(): Promise<LocalPostgres> {
  const { startPostgres } = await import("@backstitch/sandbox/postgres").catch(needsSandbox);
  return startPostgres().catch((error: unknown) => {
    const why = error instanceof Error ? error.message : "no reason given";
    throw new Quit(`The PostgreSQL of "backstitch dev" did not start: ${why}`);
  });
}

/** Starts a peer for each vendor. Services of a third party's connectors are left as they are configured. */
export async function startSandbox(): Promise<DevSandbox> {
  const { eventbridgePeer, httpPeer, s3Peer, sesPeer, twilioPeer } = await import("@backstitch/sandbox").catch(needsSandbox);
  const [eventbridge, http, s3, ses, twilio] = await Promise.all([eventbridgePeer(), httpPeer(), s3Peer(), sesPeer(), twilioPeer()]);
  const peers: readonly Peer[] = [eventbridge, http, s3, ses, twilio];
  const claimChecks = { endpoint: s3.url, forcePathStyle: true };
  const overrides: { readonly [type: string]: object } = {
    eventbridge: { ...KEYS, endpoint: eventbridge.url },
    http: { baseUrl: http.url, standIn: http.url },
    s3: { ...KEYS, endpoint: s3.url, forcePathStyle: true },
    ses: { ...KEYS, endpoint: ses.url },
    twilio: { accountSid: `AC${"0".repeat(32)}`, authToken: new Secret("sandbox"), baseUrl: twilio.url },
  };
  return {
    redirect: (project) => ({
      ...project,
      services: project.services.map((service) => {
        const given = service.config as { readonly claimCheck?: object };
        const own = service.connector.type === "eventbridge" && given.claimCheck !== undefined;
        const claimCheck = own ? { claimCheck: { ...given.claimCheck, ...claimChecks } } : {};
        return { ...service, config: { ...given, ...overrides[service.connector.type], ...claimCheck } };
      }),
    }),
    async close() {
      await Promise.all(peers.map((peer) => peer.close()));
    },
  };
}

function needsSandbox(): never {
  throw new Quit('"backstitch dev" needs the package "@backstitch/sandbox": add it to the project\'s devDependencies.');
}
