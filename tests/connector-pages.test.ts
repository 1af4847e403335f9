/** What the connectors' pages show is run: their examples against the sandbox, their service files and rules by `backstitch check`. */
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Peer } from "@backstitch/core/testing";
import { eventbridgePeer, httpPeer, s3Peer, sesPeer, twilioPeer } from "@backstitch/sandbox";
import { describe, expect, test, vi } from "vitest";
import { backstitch } from "./support/backstitch.ts";
import { blocksOf } from "./support/markdown.ts";
import { writeProject } from "./support/project.ts";

vi.setConfig({ testTimeout: 60_000 });

/** Among the tests, so that an example finds the packages that they have. Nothing of it is kept in git. */
const EXAMPLES = join(import.meta.dirname, ".built/examples");
const KEYS = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "example" };
const SHOP = '{"sources": {"shop": {"type": "postgres", "connectionString": {"$secret": "DATABASE_URL"}}}}';

interface Page {
  readonly peer: () => Promise<Peer>;
  /** What the example's configuration is given beside, so that it speaks to the stand-in. */
  sandbox(url: string): object;
  /** What the example does there, in turn. */
  readonly does: readonly string[];
  readonly says: string;
}

const pages: Readonly<Record<string, Page>> = {
  eventbridge: {
    peer: () => eventbridgePeer({ buses: ["shop"] }),
    sandbox: (endpoint) => ({ ...KEYS, endpoint }),
    does: ["PutEvents"],
    says: "The bus has event ",
  },
  http: {
    peer: () => httpPeer(),
    sandbox: (url) => ({ baseUrl: `${url}/hooks` }),
    does: ["POST /hooks/orders/1001"],
    says: "The warehouse answered 200.",
  },
  s3: {
    peer: () => s3Peer({ buckets: ["shop-archive"] }),
    sandbox: (endpoint) => ({ ...KEYS, endpoint, forcePathStyle: true }),
    does: ["PutObject", "CopyObject", "DeleteObject", "PutObject"],
    says: "",
  },
  ses: {
    peer: () => sesPeer({ verified: ["example.com"] }),
    sandbox: (endpoint) => ({ ...KEYS, endpoint }),
    does: ["SendEmail", "SendRawEmail"],
    says: "SES has taken ",
  },
  twilio: {
    peer: () => twilioPeer(),
    sandbox: (baseUrl) => ({ baseUrl }),
    does: ["messages.create"],
    says: "Twilio has taken SM",
  },
};

/** The permission that each operation asks for. https://docs.aws.amazon.com/service-authorization/latest/reference/ */
const PERMISSIONS: Readonly<Record<string, readonly string[]>> = {
  SendEmail: ["ses:SendEmail"],
  SendRawEmail: ["ses:SendRawEmail"],
  PutObject: ["s3:PutObject"],
  CopyObject: ["s3:GetObject", "s3:PutObject"],
  DeleteObject: ["s3:DeleteObject"],
  PutEvents: ["events:PutEvents"],
};

describe.each(Object.entries(pages))("docs/connectors/%s.md", (name, { peer: start, sandbox, does, says }) => {
  const page = `docs/connectors/${name}.md`;
  const blocks = blocksOf(page);

  test("its example in plain code does what it says", async () => {
    const examples = blocks.filter(({ language, about }) => language === "ts" && about === "library");
    expect(examples).toHaveLength(1);
    const peer = await start();
    try {
      const stdout = await ran(name, examples[0]?.text ?? "", sandbox(peer.url));
      expect(peer.received().map(({ operation }) => operation)).toEqual(does);
      expect(stdout).toContain(says);
    } finally {
      await peer.close();
    }
  });

  test("its service files and rules pass the check, without a warning", async () => {
    const files = blocks.filter(({ language, about }) => language === "json" && /^(?:services|rules)\//.test(about));
    expect(files.map(({ about }) => about.split("/")[0])).toContain("services");
    await using project = await writeProject({
      "backstitch.json": SHOP,
      ...Object.fromEntries(files.map(({ about, text }) => [about, text])),
    });
    const { code, stdout, stderr } = await backstitch(["check", "--strict", "--project", project.folder], environmentOf(files));
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: "" });
  });

  test("its policy, where the vendor is AWS, permits what the example does", () => {
    const policies = blocks.filter(({ about }) => about === "iam-policy.json");
    const needed = does.flatMap((operation) => PERMISSIONS[operation] ?? []);
    expect(policies).toHaveLength(needed.length === 0 ? 0 : 1);
    expect(permittedBy(policies[0]?.text)).toEqual(expect.arrayContaining(needed));
  });
});

/** Runs an example as it stands, but for where it sends. @returns what it printed */
async function ran(name: string, text: string, sandbox: object): Promise<string> {
  const file = join(EXAMPLES, `${name}.ts`);
  const sent = text.replace(
    /^import \{ (\w+) \} from ("@backstitch[^"]+");$/m,
    `import { $1 as create } from $2;\nconst $1 = (config) => create({ ...config, ...${JSON.stringify(sandbox)} });`,
  );
  expect(sent).not.toBe(text);
  await mkdir(EXAMPLES, { recursive: true });
  await writeFile(file, sent);
  const env = {
    ...process.env,
    TWILIO_ACCOUNT_SID: `AC${"0".repeat(32)}`,
    TWILIO_AUTH_TOKEN: "example",
    WAREHOUSE_SIGNING_SECRET: "example",
  };
  const { stdout } = await promisify(execFile)(process.execPath, [file], { env });
  return stdout;
}

function environmentOf(files: readonly { readonly text: string }[]): Readonly<Record<string, string>> {
  const named = files.flatMap(({ text }) => [...text.matchAll(/"\$(?:env|secret)": *"(\w+)"/g)].map(([, name = ""]) => [name, "AC0"]));
  return { DATABASE_URL: "postgres://127.0.0.1/shop", ...(Object.fromEntries(named) as Record<string, string>) };
}

function permittedBy(policy = '{"Statement": []}'): readonly string[] {
  const { Statement } = JSON.parse(policy) as { readonly Statement: readonly { readonly Action: string | readonly string[] }[] };
  return Statement.flatMap(({ Action }) => Action);
}
