import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blocksOf, ROOT, textOf } from "./support/markdown.ts";

const run = promisify(execFile);

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Record<string, unknown>;
  readonly bin?: Record<string, string>;
}

interface Peers {
  readonly peerDependencies: Record<string, string>;
  readonly peerDependenciesMeta: Record<string, unknown>;
}

const manifests: Manifest[] = [];
let folder = "";

/** Builds and packs every package, and installs the tarballs in an empty folder, as a stranger would. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "backstitch-pack-"));
  await run("pnpm", ["exec", "turbo", "run", "build"], { cwd: ROOT, env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" } });
  for (const name of await readdir(join(ROOT, "packages"))) {
    manifests.push(JSON.parse(await readFile(join(ROOT, "packages", name, "package.json"), "utf8")) as Manifest);
    await run("pnpm", ["pack", "--pack-destination", folder], { cwd: join(ROOT, "packages", name) });
  }
  const tarballs = Object.fromEntries(
    manifests.map(({ name, version }) => [name, `file:${join(folder, `${name.slice(1).replace("/", "-")}-${version}.tgz`)}`]),
  );
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "stranger", type: "module", dependencies: tarballs }));
  await writeFile(
    join(folder, "pnpm-workspace.yaml"),
    `pmOnFail: ignore\noverrides: ${JSON.stringify(tarballs)}\nautoInstallPeers: false\nallowBuilds: {}\n`,
  );
  await run("pnpm", ["install", "--prod", "--prefer-offline"], { cwd: folder });
}, 240_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

test("every entry point of every tarball can be imported, without any vendor's SDK", async () => {
  const entries = manifests
    .flatMap(({ name, exports }) => Object.keys(exports).map((path) => name + path.slice(1)))
    .filter((entry) => !entry.endsWith(".json") && entry !== "@backstitch/core/testing");
  const script = `for (const entry of ${JSON.stringify(entries)}) console.log(entry, Object.keys(await import(entry)).length);`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], { cwd: folder });
  const imported = stdout.trim().split("\n");
  expect(imported.map((line) => line.split(" ")[0])).toEqual(entries);
  expect(entries.length).toBeGreaterThan(15);
});

const RECURSIVE = { recursive: true } as const;

test("nothing of a tarball is TypeScript source, and the command runs", async () => {
  const { stdout } = await run(join(folder, "node_modules/.bin/backstitch"), ["--help"], { cwd: folder });
  expect(stdout).toContain("Usage: backstitch");
  const core = await readdir(join(folder, "node_modules/@backstitch/core"));
  expect(core.toSorted()).toEqual(["LICENSE", "dist", "package.json"]);
  for (const place of ["journals/migrations/postgres", "gateway/migrations"])
    expect((await readdir(join(folder, "node_modules/@backstitch", place), RECURSIVE)).toSorted()).toEqual(
      (await readdir(join(ROOT, "packages", place), RECURSIVE)).toSorted(),
    );
  expect(await readdir(join(folder, "node_modules/@backstitch/cli/alerts"))).toEqual(["backstitch.rules.yml"]);
});

test("the gateway's page is in its tarball, and nothing that tells of installations", async () => {
  const script = `const { openGateway } = await import("@backstitch/gateway");
    const gateway = await openGateway({ port: 0, openapi: true, rules: { collections: [], values: {} } });
    for (const file of ["swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png", "start.js"])
      console.log(file, (await fetch(gateway.url + "/docs/" + file)).status);
    await gateway.close();`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], { cwd: folder });
  expect(
    stdout
      .trim()
      .split("\n")
      .map((line) => line.split(" ")[1]),
  ).toEqual(["200", "200", "200", "200"]);
  const installed = await readdir(join(folder, "node_modules/.pnpm"));
  expect(installed.filter((name) => /scarf|swagger/.test(name))).toEqual([]);
});

describe("without the vendors' SDKs", () => {
  const attempts: readonly (readonly [connector: string, call: string, sdk: string])[] = [
    [
      "eventbridge",
      'createEventBridge({ region: "eu-central-1", source: "s" }).put({ detailType: "t", detail: {} })',
      "@aws-sdk/client-eventbridge",
    ],
    ["s3", 'createS3({ region: "eu-central-1", bucket: "bbb" }).delete({ key: "k" })', "@aws-sdk/client-s3"],
    ["ses", 'createSes({ region: "eu-central-1" }).send({ to: "a@example.com", subject: "s", text: "t" })', "@aws-sdk/client-ses"],
    ["twilio", 'createTwilio({ accountSid: "AC0", authToken: "t", from: "ACME" }).send({ to: "+15005550010", body: "b" })', "twilio"],
  ];

  test.each(attempts)("%s says what to install, and its page says the same", async (connector, call, sdk) => {
    const [creator = ""] = call.split("(");
    const script = `import { ${creator} } from "@backstitch/connectors/${connector}";
      await ${call}.catch(({ outcome, code, message }) => console.log(JSON.stringify({ outcome, code, message })));`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], { cwd: folder });
    const message = `The connector "${connector}" needs the package "${sdk}", which is not installed. Run: npm install ${sdk}`;
    expect(JSON.parse(stdout)).toEqual({ outcome: "locked-out", code: "SDK_MISSING", message });
    const commands = blocksOf(`docs/connectors/${connector}.md`).filter(({ language }) => language === "sh");
    expect(commands.map(({ text }) => text.trim())).toEqual([`npm install ${sdk}`]);
    expect(textOf("docs/connectors.md")).toContain(`\`npm install ${sdk}\``);
  });

  test("each SDK is an optional peer, of any later version of the same major", async () => {
    const packed = join(folder, "node_modules/@backstitch/connectors/package.json");
    const { peerDependencies, peerDependenciesMeta } = JSON.parse(await readFile(packed, "utf8")) as Peers;
    // Links alone need it.
    const wanted = [...attempts.map(([, , sdk]) => sdk), "@aws-sdk/s3-request-presigner"];
    expect(new Set(Object.keys(peerDependencies))).toEqual(new Set(wanted));
    for (const [sdk, range] of Object.entries(peerDependencies)) {
      expect(peerDependenciesMeta[sdk]).toEqual({ optional: true });
      expect(range).toMatch(/^\^\d+\.\d+\.\d+$/);
    }
  });

  test("arguments are typed to the last one, and so are the examples of the connectors' pages", async () => {
    const consumer = await readFile(join(ROOT, "tests/packed/consumer.ts"), "utf8");
    const names = ["eventbridge", "http", "s3", "ses", "twilio"];
    const examples = names.map((name) => blocksOf(`docs/connectors/${name}.md`).find(({ about }) => about === "library")?.text ?? "");
    const files = { "consumer.ts": consumer, ...Object.fromEntries(examples.map((text, index) => [`${names[index]}.ts`, text])) };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const options = {
      strict: true,
      exactOptionalPropertyTypes: true,
      target: "es2024",
      module: "nodenext",
      noEmit: true,
      skipLibCheck: true,
    };
    const types = { types: ["node"], typeRoots: [join(ROOT, "node_modules/@types")] };
    await writeFile(
      join(folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions: { ...options, ...types }, files: Object.keys(files) }),
    );
    const { stdout } = await run(join(ROOT, "node_modules/.bin/tsc"), ["-p", folder], { cwd: folder }).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toBe("");
    expect(examples.every((text) => text !== "")).toBe(true);
  });
});
