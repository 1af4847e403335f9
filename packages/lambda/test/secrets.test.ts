import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Connector, Secret } from "@backstitch/core/connector";
import { attempt } from "@backstitch/core/runtime";
import { openProject, withSecrets, type OpenProjectOptions } from "@backstitch/lambda";
import { write } from "./support/folder.ts";
import { startSecretPeer, type SecretPeer } from "./support/secret-peer.ts";

let peer: SecretPeer;
/** The tokens that calls were made with. */
let used: string[];

beforeEach(async () => {
  peer = await startSecretPeer();
  used = [];
});
afterEach(async () => {
  vi.useRealTimers();
  await peer.close();
});

interface Client {
  readonly token: string;
}

const guarded: Connector<{ readonly token: Secret }, Client> = {
  type: "guarded",
  summary: "Wants a token.",
  config: { type: "object", properties: { token: { type: "string", secret: true }, other: { type: "string", secret: true } } },
  connect: ({ token }) => ({ token: token.reveal() }),
  actions: {
    send: {
      summary: "Sends.",
      args: { type: "object" },
      repeat: "repeats",
      run({ token }) {
        used.push(token);
        return Promise.resolve({});
      },
    },
  },
};

const project = {
  "backstitch.json": { sources: { shop: { type: "sqs-queue" } } },
  "services/far.json": { connector: "guarded", config: { token: { $secret: "FAR_TOKEN" }, other: { $secret: "OTHER_TOKEN" } } },
  "rules/all.json": { on: { source: "shop", collection: "orders" }, then: [{ service: "far", action: "send", with: {} }] },
};

type From = NonNullable<OpenProjectOptions["secrets"]>["from"];

function clientTo({ url: endpoint }: SecretPeer) {
  return { endpoint, region: "eu-central-1", credentials: { accessKeyId: "AKIA", secretAccessKey: "a-secret" }, maxAttempts: 1 };
}

function open(from: From, environment: OpenProjectOptions["environment"] = {}) {
  const client = clientTo(peer);
  const connectors = { guarded: () => Promise.resolve(guarded) };
  return openProject(write(project), { connectors, environment, secrets: { from, prefix: "/shop/", maxAgeSeconds: 60, client } });
}

async function send({ services }: Awaited<ReturnType<typeof open>>): Promise<string> {
  const about = { id: "d", service: "far", action: "send", args: {}, attempts: 0, uncertain: false, ifUncertain: "retry" } as const;
  return (await attempt(about, services)).kind;
}

const stores: readonly (readonly [from: From, operation: string, allow: string])[] = [
  ["ssm", "GetParameter", "ssm:GetParameter"],
  ["secrets-manager", "GetSecretValue", "secretsmanager:GetSecretValue"],
];

describe.for(stores)("%s", ([from, operation, allow]) => {
  beforeEach(() => {
    peer.values.set("/shop/FAR_TOKEN", "hunter2");
    peer.values.set("/shop/OTHER_TOKEN", "hunter3");
  });

  test("what $secret names is read under its prefix, decrypted", async () => {
    const opened = await open(from);
    expect(await send(opened)).toBe("accepted");
    expect(used).toEqual(["hunter2"]);
    expect(peer.asked.toSorted()).toEqual([`${operation} /shop/FAR_TOKEN`, `${operation} /shop/OTHER_TOKEN`]);
  });

  test("what the environment gives is not asked for", async () => {
    const opened = await open(from, { FAR_TOKEN: "local" });
    expect(await send(opened)).toBe("accepted");
    expect(used).toEqual(["local"]);
    expect(peer.asked).toEqual([`${operation} /shop/OTHER_TOKEN`]);
  });

  test("all that are missing are named, with what to do", async () => {
    peer.values.clear();
    await expect(open(from)).rejects.toMatchObject({ name: "SecretsMissing", code: "SECRET_MISSING" });
    await expect(open(from)).rejects.toThrow(
      /"FAR_TOKEN" is not in .* under "\/shop\/FAR_TOKEN"\. Create it .*\n.*"OTHER_TOKEN" is not in/,
    );
  });

  test.for([
    ["AccessDeniedException", `Allow the function's role ${allow}`],
    ["ThrottlingException", "(ThrottlingException). Look at the region"],
  ])("%s: the remedy, and no value", async ([fault, remedy]) => {
    peer.fault = fault;
    const error = await open(from).catch((thrown: unknown) => thrown as Error);
    expect((error as Error).message).toContain(remedy);
    expect((error as Error).message).not.toContain("hunter");
  });

  test("a secret that was changed is in use once the old one is too old; until then nothing is asked", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const opened = await open(from);
    const asked = peer.asked.length;
    peer.values.set("/shop/FAR_TOKEN", "hunter4");
    await send(opened);
    expect(peer.asked).toHaveLength(asked);
    vi.setSystemTime(Date.now() + 61_000);
    await Promise.all([send(opened), send(opened)]);
    expect(used).toEqual(["hunter2", "hunter4", "hunter4"]);
    expect(peer.asked).toHaveLength(asked + 2);
  });

  test("a store that does not answer later leaves the old secrets in use, and is left alone for a while", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const opened = await open(from);
    peer.fault = "InternalServerError";
    vi.setSystemTime(Date.now() + 61_000);
    const asked = peer.asked.length;
    expect([await send(opened), await send(opened)]).toEqual(["accepted", "accepted"]);
    expect(used).toEqual(["hunter2", "hunter2"]);
    expect(peer.asked).toHaveLength(asked + 2);
  });
});

test("a project that was built says what it wants, and is opened with it", async () => {
  peer.values.set("/shop/FAR_TOKEN", "hunter2");
  const opened: unknown[] = [];
  const services = new Map();
  const rules = { hash: "", entry: () => undefined, match: () => ({ deliveries: [], failures: [], undecided: [] }) };
  const project = Object.assign((environment: unknown) => (opened.push(environment), { rules, services, warnings: [] }), {
    secretNames: ["FAR_TOKEN", "OTHER_TOKEN"],
  });
  const { warnings } = await withSecrets(project, { from: "ssm", prefix: "/shop/", client: clientTo(peer) }, { OTHER_TOKEN: "local" });
  expect(warnings).toEqual([]);
  expect(opened).toEqual([{ OTHER_TOKEN: "local", FAR_TOKEN: "hunter2" }]);
});

test("a store that there is not", async () => {
  await expect(open("vault" as From)).rejects.toThrow('"from" is "vault"; secrets are read from ssm or secrets-manager.');
});
