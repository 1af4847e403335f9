import { action, type AnyConnector, type JsonSchema } from "@backstitch/core/connector";
import { formatProblem } from "@backstitch/core/rules";
import { loadProject, type LoadedProject, type Tables } from "@backstitch/project";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

export type Files = Readonly<Record<string, string | Uint8Array | undefined>>;

/** Writes files into a folder of their own, which is gone after the test. */
export function folderOf(files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), "backstitch-project-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    if (text === undefined) continue;
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

export async function load(files: Files, environment: Readonly<Record<string, string | undefined>> = ENVIRONMENT): Promise<LoadedProject> {
  return loadProject(folderOf(files), tables, environment);
}

/** Each problem as it is printed. */
export function linesOf({ problems }: LoadedProject): readonly string[] {
  return problems.map(formatProblem);
}

const args = {
  type: "object",
  additionalProperties: false,
  required: ["to", "body"],
  properties: { to: { type: "string", recipient: true }, body: { type: "string" } },
} as const satisfies JsonSchema;

function connector(type: string, config: JsonSchema): AnyConnector {
  const send = action<unknown, typeof args>({
    summary: "Sends.",
    args,
    repeat: "repeats",
    run: async () => ({ id: "1" }),
    cost: { segments: () => 1 },
  });
  return { type, summary: `The ${type} of these tests.`, config, connect: (config: unknown) => config, actions: { send } };
}

export const sms = connector("sms", {
  type: "object",
  additionalProperties: false,
  required: ["accountSid", "authToken"],
  properties: {
    accountSid: { type: "string", pattern: "^AC" },
    authToken: { type: "string", secret: true, minLength: 4 },
    port: { type: "integer", minimum: 1, maximum: 65_535 },
    tls: { type: "boolean" },
    headers: { type: "object", additionalProperties: { anyOf: [{ type: "string" }, { type: "string", secret: true }] } },
    reference: { anyOf: [{ type: "string" }, { type: "integer" }] },
    senders: { type: "array", items: { type: "string" } },
  },
});

export const tables: Tables = {
  connectors: {
    sms: async () => sms,
    broken: async () => connector("broken", { typ: "object" } as JsonSchema),
    unloadable: async () => {
      throw new Error("token hunter2-canary");
    },
  },
  sources: {
    postgres: {
      config: {
        type: "object",
        additionalProperties: false,
        required: ["connectionString"],
        properties: { connectionString: { type: "string", secret: true }, slot: { type: "string" } },
      },
      open: async (name) => ({ name, read: async () => undefined }),
    },
  },
};

export const ENVIRONMENT = { SMS_TOKEN: "hunter2-canary", DATABASE_URL: "postgres://me:hunter2-canary@localhost/shop" };

/** A project without a problem. */
export const good = {
  "backstitch.json": JSON.stringify(
    { sources: { shop: { type: "postgres", connectionString: { $secret: "DATABASE_URL" } } } },
    undefined,
    2,
  ),
  "services/text.json": `{
  "connector": "sms",
  "config": {
    "accountSid": "AC1",
    "authToken": { "$secret": "SMS_TOKEN" }
  }
}`,
  "rules/late.json": `{
  "on": { "source": "shop", "collection": "orders" },
  "then": [{ "service": "text", "action": "send", "with": { "to": { "$path": "after.phone" }, "body": "late" } }]
}`,
} as const satisfies Files;

/** The good project's service with another configuration, on one line. */
export function serviceWith(config: object, more: object = {}): Files {
  const whole = { connector: "sms", config: { accountSid: "AC1", authToken: { $secret: "SMS_TOKEN" }, ...config }, ...more };
  return { ...good, "services/text.json": JSON.stringify(whole, undefined, 1) };
}
