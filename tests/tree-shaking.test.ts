/** What comes along with one connector: nothing of the others, nothing of their vendors, and of what is not used nothing at all. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { ROOT } from "./support/markdown.ts";

interface Bundled {
  /** Folders and packages that something is taken from: `connectors/src/twilio`, `undici`. */
  readonly from: readonly string[];
  /** What it imports when it runs, Node's own modules left out. */
  readonly imports: readonly string[];
  readonly bytes: number;
}

/** Bundles a line of code as an application does that has the vendors' SDKs beside it. */
async function bundled(code: string): Promise<Bundled> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    stdin: { contents: code, resolveDir: join(ROOT, "tests"), sourcefile: "application.js" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    external: ["twilio", "@aws-sdk/*"],
    write: false,
    outfile: "application.js",
    metafile: true,
    logLevel: "error",
  });
  const output = metafile.outputs["application.js"];
  const used = Object.entries(output?.inputs ?? {}).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [placeOf(path)] : []));
  const imports = (output?.imports ?? []).map(({ path }) => path).filter((path) => !path.startsWith("node:"));
  return {
    from: distinct(used.filter((place) => place !== "tests/application.js")),
    imports: distinct(imports),
    bytes: output?.bytes ?? NaN,
  };
}

function placeOf(path: string): string {
  const [, inPackage] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
  const [, ours] = /^packages\/([^/]+\/src\/[^/]+)\//.exec(path) ?? [];
  return inPackage ?? ours ?? path;
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)].toSorted();
}

const HTML_TO_TEXT = [
  "@selderee/plugin-htmlparser2",
  "deepmerge-ts",
  "dom-serializer",
  "domelementtype",
  "domhandler",
  "domutils",
  "entities",
  "html-to-text",
  "htmlparser2",
  "leac",
  "parseley",
  "peberminta",
  "selderee",
];
const CORE = ["core/src/connector", "core/src/values"];

const rows: readonly (readonly [creator: string, connector: string, from: readonly string[], imports: readonly string[]])[] = [
  ["createTwilio", "twilio", ["connectors/src/shared", "core/src/connector", "libphonenumber-js"], ["twilio"]],
  ["createSes", "ses", ["connectors/src/aws", "connectors/src/shared", ...CORE, ...HTML_TO_TEXT, "nodemailer"], ["@aws-sdk/client-ses"]],
  ["createS3", "s3", ["connectors/src/aws", "connectors/src/shared", ...CORE], ["@aws-sdk/client-s3", "@aws-sdk/s3-request-presigner"]],
  // Its claim check stores by s3's put; S3's SDK is loaded where that is configured.
  [
    "createEventBridge",
    "eventbridge",
    ["connectors/src/aws", "connectors/src/s3", "connectors/src/shared", ...CORE],
    ["@aws-sdk/client-eventbridge", "@aws-sdk/client-s3"],
  ],
  ["createHttp", "http", ["connectors/src/shared", ...CORE, "undici"], []],
];

describe("an application that has one connector", () => {
  test.each(rows)("%s brings along what it needs, and no more", async (creator, connector, others, imports) => {
    const found = await bundled(`import { ${creator} } from "@backstitch/connectors/${connector}"; console.log(${creator});`);
    expect(found.from).toEqual(distinct([`connectors/src/${connector}`, ...others]));
    expect(found.imports).toEqual(imports);
  });

  test.each(rows)("%s that is imported and not used is nothing", async (creator, connector) => {
    expect(await bundled(`import { ${creator} } from "@backstitch/connectors/${connector}";`)).toEqual({ from: [], imports: [], bytes: 0 });
  });
});

test.each([
  ["retryAfterMs", "@backstitch/connectors/authoring", ["connectors/src/shared"], 1_000],
  ["addressOf", "@backstitch/core/connector", ["core/src/connector"], 1_000],
  ["Secret", "@backstitch/core/connector", ["core/src/connector"], 500],
])("a helper brings itself alone: %s", async (name, entry, from, mostBytes) => {
  const found = await bundled(`import { ${name} } from "${entry}"; console.log(${name});`);
  expect(found).toMatchObject({ from, imports: [] });
  expect(found.bytes).toBeLessThan(mostBytes);
});

// Bundlers leave out what is not used because the packages say so: it must be true.
test("what says that importing it does nothing does nothing", async () => {
  const entries = ["core", "rules", "connectors", "sources", "journals", "project", "lambda", "sandbox", "gateway"].flatMap((name) => {
    const manifest = JSON.parse(readFileSync(join(ROOT, "packages", name, "package.json"), "utf8")) as Manifest;
    expect(manifest.sideEffects).toBe(false);
    const paths = Object.keys(manifest.exports).filter((path) => !path.endsWith(".json") && path !== "./testing");
    return paths.map((path) => manifest.name + path.slice(1));
  });
  const script = `
    const state = () => JSON.stringify([Object.getOwnPropertyNames(globalThis).sort(), process.env, process.eventNames().sort(), process.getActiveResourcesInfo().filter((kind) => /Server|Socket|Timeout|Immediate/.test(kind))]);
    const before = state();
    for (const entry of ${JSON.stringify(entries)}) await import(entry);
    if (state() !== before) console.log(before, state());
  `;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: join(ROOT, "tests"),
  });
  expect({ stdout, stderr }).toEqual({ stdout: "", stderr: "" });
});

interface Manifest {
  readonly name: string;
  readonly sideEffects?: boolean;
  readonly exports: Readonly<Record<string, unknown>>;
}
