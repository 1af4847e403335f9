import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Where the run sends to. */
export interface CrashAddresses {
  readonly sink: string;
  readonly twilio: string;
}

export const SCHEMA = `
  CREATE TABLE item (id integer PRIMARY KEY, version integer NOT NULL);
  CREATE TABLE text (id serial PRIMARY KEY, handling text NOT NULL);
`;

/** Three rules: one whose repeats are harmless and whose order shows, one whose repeats matter, one that would rather hold than repeat. */
const FILES = {
  "backstitch.json": () => ({ sources: { shop: { type: "postgres", connectionString: { $secret: "DATABASE_URL" } } } }),
  "services/sink.json": ({ sink }: CrashAddresses) => ({
    connector: "http",
    config: { baseUrl: sink, headers: { "x-life": { $env: "LIFE" } } },
    retry: FAST,
  }),
  "services/sms.json": ({ twilio }: CrashAddresses) => ({
    connector: "twilio",
    config: {
      accountSid: { $env: "TWILIO_ACCOUNT_SID" },
      authToken: { $secret: "TWILIO_AUTH_TOKEN" },
      from: "+15005550006",
      baseUrl: twilio,
    },
    retry: FAST,
  }),
  "rules/versions.json": () => ({
    on: { source: "shop", collection: "item", operations: ["update"] },
    then: [
      {
        service: "sink",
        action: "request",
        with: { path: "/versions", body: { id: { $path: "key.id" }, version: { $path: "after.version" } } },
      },
    ],
  }),
  "rules/repeating.json": () => text("retry"),
  "rules/holding.json": () => ({ ...text("hold"), ifUncertain: "hold" }),
} satisfies Record<string, (addresses: CrashAddresses) => object>;

const FAST = { attempts: 100, firstDelay: "50ms", longestDelay: "500ms" };

function text(handling: string): object {
  return {
    on: { source: "shop", collection: "text", operations: ["insert"] },
    when: { "after.handling": handling },
    then: [{ service: "sms", action: "send", with: { to: "+15005550101", body: "{{ after.id }}" } }],
  };
}

/** Writes the project's files into the folder. */
export async function writeCrashProject(folder: string, addresses: CrashAddresses): Promise<void> {
  for (const [path, content] of Object.entries(FILES)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), JSON.stringify(content(addresses), null, 2));
  }
}

/** What the process under test is told in each life; services carry the life to the far side. */
export function environmentOf(life: number, database: string): Record<string, string> {
  return {
    DATABASE_URL: database,
    LIFE: String(life),
    TWILIO_ACCOUNT_SID: `AC${String(life).padStart(32, "0")}`,
    TWILIO_AUTH_TOKEN: "crash",
  };
}

/** The life in which a text was sent, by its credentials. */
export function lifeOf(authorization: string | undefined): number {
  const [account = ""] = Buffer.from(authorization?.replace("Basic ", "") ?? "", "base64")
    .toString()
    .split(":");
  return Number(account.slice(2));
}
