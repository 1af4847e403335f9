import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build as esbuild, type BuildOptions } from "esbuild";
import { start, type Environment } from "./backstitch.ts";

/** Among the tests, so that what is built finds the packages that they have. Nothing of it is kept in git. */
const BUILT = join(import.meta.dirname, "../.built");

/** Runs `backstitch build` and says where the module is. @throws Error with what the command said */
export async function built(project: string, name: string, environment: Environment = {}): Promise<string> {
  const out = join(BUILT, `${name}.mjs`);
  await using running = start(["build", "--project", project, "--out", out], environment);
  const { code, stderr } = await running.ended;
  if (code !== 0) throw new Error(stderr);
  return out;
}

export interface Bundle {
  readonly file: string;
  readonly text: string;
  /** The files that it is made of, from the repository's root. */
  readonly inputs: readonly string[];
}

/** Bundles a Lambda function as people deploy it: one minified CommonJS file. @param project what `built-project` is in it */
export function bundle(entry: string, name: string, project?: string): Promise<Bundle> {
  return bundleAs({ format: "cjs" }, { entry, file: join(BUILT, `${name}.cjs`), project });
}

/** As an ES module, with the banner that the docs give. */
export async function bundleModule(entry: string, name: string, project: string): Promise<Bundle> {
  const docs = await readFile(join(import.meta.dirname, "../../docs/lambda-build.md"), "utf8");
  const [, js = ""] = /--banner:js='(.*)'/.exec(docs) ?? [];
  return bundleAs({ format: "esm", banner: { js } }, { entry, file: join(BUILT, `${name}.mjs`), project });
}

interface Wanted {
  readonly entry: string;
  readonly file: string;
  readonly project: string | undefined;
}

async function bundleAs(format: Pick<BuildOptions, "format" | "banner">, { entry, file, project }: Wanted): Promise<Bundle> {
  const { metafile } = await esbuild({
    absWorkingDir: join(import.meta.dirname, "../.."),
    entryPoints: [entry],
    outfile: file,
    ...format,
    bundle: true,
    minify: true,
    platform: "node",
    target: "node24",
    // As the page on building says for what is not used: nothing here remembers in a table, and each mail brings its text.
    external: ["@aws-lambda-powertools/*", "html-to-text", "nodemailer"],
    metafile: true,
    logLevel: "error",
    ...(project === undefined ? {} : { alias: { "built-project": project } }),
  });
  const [output] = Object.values(metafile.outputs);
  const inputs = Object.entries(output?.inputs ?? {}).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : []));
  return { file, text: await readFile(file, "utf8"), inputs };
}
