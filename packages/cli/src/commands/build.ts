import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { buildProject } from "@backstitch/project/build";
import { describeProblems } from "../open-project.ts";
import { Quit } from "../quit.ts";
import { connectors, tables } from "../tables.ts";
import { count } from "../words.ts";

export interface BuildCommandOptions {
  readonly project: string;
  /** Where the module is written: `.mjs`, or `.js` in a folder of ES modules. */
  readonly out: string;
}

/** `backstitch build`: checks a project and writes it as one module for Lambda. Exit code 1 where anything is wrong; then nothing is written. */
export async function build({ project: folder, out }: BuildCommandOptions): Promise<void> {
  const types = /\.m?js$/.test(out) ? out.replace(/\.(m?)js$/, ".d.$1ts") : undefined;
  if (types === undefined) throw new Quit(`--out is ${JSON.stringify(out)}; an ES module ends with .mjs or .js.`);
  const path = resolve(folder);
  const built = await buildProject(path, { tables, runtime: "@backstitch/lambda", modules: MODULES, out });
  const { module, declaration, problems, refused, ignored, rules, services } = built;
  if (problems.length > 0) console.error(describeProblems(problems));
  if (module === undefined) throw new Quit(refused.join("\n"));
  if (ignored.length > 0) console.error(ignored.join("\n"));
  await mkdir(dirname(out), { recursive: true });
  await Promise.all([writeFile(out, module), writeFile(types, declaration)]);
  console.log(`${out}: ${count(rules, "rule")} and ${count(services, "service")}, ${Math.ceil(Buffer.byteLength(module) / 1_024)} kB.`);
}

const MODULES = Object.fromEntries(
  Object.keys(connectors).map((type) => [type, { specifier: `@backstitch/connectors/${type}`, name: type }] as const),
);
