import { type ProjectFolder, writeProject } from "../support/project.ts";
import { KINDS, type Kind } from "./kinds.ts";
import type { CrashSource } from "./sources/source.ts";

export type JournalType = "sqlite" | "postgres";

/** Where the run sends to. */
export interface CrashAddresses {
  readonly sink: string;
  readonly twilio: string;
  readonly s3: string;
}

const FAST = { attempts: 100, firstDelay: "50ms", longestDelay: "500ms" };
/** Short: a request that nobody answers is to be noticed within a round. */
const SERVICE = { retry: FAST, deadline: "2s" };

/** Rows that are updated again and again, whose order shows; and a rule for each kind of note. */
export function writeCrashProject(
  { config, notes }: Pick<CrashSource, "config" | "notes">,
  journal: JournalType,
  { sink, twilio, s3 }: CrashAddresses,
): Promise<ProjectFolder> {
  const http = { connector: "http", config: { baseUrl: sink, headers: { "x-life": { $env: "LIFE" } } }, ...SERVICE };
  const versions = { path: "/versions", body: { id: { $path: "after.id" }, version: { $path: "after.version" } } };
  return writeProject({
    "backstitch.json": {
      sources: { shop: config, ...(notes === undefined ? {} : { notes }) },
      journal: journal === "sqlite" ? {} : { type: "postgres", connectionString: { $secret: "JOURNAL_URL" } },
    },
    "services/sink.json": http,
    "services/frail.json": http,
    "services/sms.json": {
      connector: "twilio",
      config: {
        accountSid: `AC${"0".repeat(32)}`,
        // The stand-in takes any, and so it learns who sends.
        authToken: { $secret: "LIFE" },
        from: "+15005550006",
        baseUrl: twilio,
      },
      ...SERVICE,
    },
    "services/archive.json": {
      connector: "s3",
      config: { region: "eu-central-1", bucket: "notes", endpoint: s3, forcePathStyle: true, ...AWS_KEYS },
      ...SERVICE,
    },
    "rules/versions.json": {
      on: { source: "shop", collection: "item", operations: ["update", "replace"] },
      then: [{ service: "sink", action: "request", with: versions }],
    },
    ...Object.fromEntries(
      Object.entries<Kind>(KINDS).map(([name, kind]) => [`rules/${name}.json`, ruleOf(name, kind, notes === undefined ? "shop" : "notes")]),
    ),
  });
}

const AWS_KEYS = { accessKeyId: { $env: "AWS_ACCESS_KEY_ID" }, secretAccessKey: { $secret: "AWS_SECRET_ACCESS_KEY" } };

function ruleOf(name: string, { rule, then }: Kind, source: string): object {
  return { on: { source, collection: "note", operations: ["insert"] }, when: { "after.kind": name }, ...rule, then: [then] };
}

/** What the processes under test are told, beside what their source needs. */
export function environmentOf({ journal, remote }: { readonly journal: string; readonly remote: string }): Record<string, string> {
  return { JOURNAL_URL: journal, CRASH_REMOTE: remote, AWS_ACCESS_KEY_ID: "crash", AWS_SECRET_ACCESS_KEY: "crash" };
}
