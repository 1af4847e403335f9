import type { Problem } from "@backstitch/core/rules";
import type { RuleFile } from "@backstitch/rules";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fileProblem } from "../problem.ts";
import { listFiles, type Kind } from "./list-files.ts";
import { readText } from "./read-text.ts";

/** The text of everything in a project's folder; nothing of it is understood yet. */
export interface Folder {
  /** `backstitch.json`; undefined where it is missing or cannot be read. */
  readonly manifest: RuleFile | undefined;
  /** `.env`; undefined where there is none. */
  readonly environment: string | undefined;
  readonly services: readonly RuleFile[];
  readonly rules: readonly RuleFile[];
  /** `rules/**\/*.test.json` */
  readonly tests: readonly RuleFile[];
  readonly conditions: readonly RuleFile[];
  readonly templates: readonly RuleFile[];
  readonly values: readonly RuleFile[];
  readonly collections: readonly RuleFile[];
  readonly webhooks: readonly RuleFile[];
  readonly problems: readonly Problem[];
  /** Absolute paths of the files that were read and the folders that were listed. */
  readonly files: readonly string[];
}

const MANIFEST = "backstitch.json";
const ENVIRONMENT = ".env";
/** Files open at the same time. */
const AT_ONCE = 64;

const KINDS = {
  services: { folder: "services", extension: ".json", nested: false },
  rules: { folder: "rules", extension: ".json", nested: true },
  conditions: { folder: "conditions", extension: ".json", nested: false },
  templates: { folder: "templates", extension: ".liquid", nested: true },
  values: { folder: "values", extension: ".json", nested: false },
  collections: { folder: "collections", extension: ".json", nested: false },
  webhooks: { folder: "webhooks", extension: ".json", nested: false },
} as const satisfies Record<string, Kind>;

/** Reads a project's folder. Whatever cannot be read is a problem; the rest is read all the same. */
export async function readFolder(path: string): Promise<Folder> {
  const missing = await missingFolder(path);
  if (missing !== undefined) return nothing(path, missing);
  const watched = new Set([path]);
  const problems: Problem[] = [];

  async function read(file: string): Promise<RuleFile | undefined> {
    const found = await readText(path, file);
    if (found === "missing") return undefined;
    watched.add(join(path, file));
    if ("text" in found) return { path: file, text: found.text };
    problems.push(found.problem);
    return undefined;
  }

  async function readKind(kind: Kind): Promise<readonly RuleFile[]> {
    const listed = await listFiles(path, kind);
    problems.push(...listed.problems);
    for (const name of [...listed.folders, ...listed.files]) watched.add(join(path, name));
    const texts: RuleFile[] = [];
    for (let start = 0; start < listed.files.length; start += AT_ONCE) {
      const some = await Promise.all(listed.files.slice(start, start + AT_ONCE).map(read));
      texts.push(...some.filter((text) => text !== undefined));
    }
    return texts;
  }

  const manifest = await read(MANIFEST);
  if (manifest === undefined && problems.length === 0) problems.push(missingManifest(path));
  const environment = (await read(ENVIRONMENT))?.text;
  const services = await readKind(KINDS.services);
  const inRules = await readKind(KINDS.rules);
  const [tests, rules] = [inRules.filter(isTest), inRules.filter((file) => !isTest(file))];
  const conditions = await readKind(KINDS.conditions);
  const templates = await readKind(KINDS.templates);
  const values = await readKind(KINDS.values);
  const collections = await readKind(KINDS.collections);
  const webhooks = await readKind(KINDS.webhooks);
  const texts = { services, rules, tests, conditions, templates, values, collections, webhooks };
  return { manifest, environment, ...texts, problems, files: [...watched] };
}

function isTest({ path }: RuleFile): boolean {
  return path.endsWith(".test.json");
}

async function missingFolder(path: string): Promise<Problem | undefined> {
  const about = await stat(path).catch(() => undefined);
  if (about?.isDirectory() === true) return undefined;
  const message = about === undefined ? `There is no folder ${JSON.stringify(path)}.` : `${JSON.stringify(path)} is not a folder.`;
  return fileProblem(".", "FOLDER_MISSING", message, "Name the folder that holds backstitch.json.");
}

function missingManifest(path: string): Problem {
  const remedy = 'Make one, with the sources that the rules read: {"sources": {"shop": {"type": "postgres"}}}';
  return fileProblem(MANIFEST, "PROJECT_FILE_MISSING", `The folder ${JSON.stringify(path)} has no backstitch.json.`, remedy);
}

function nothing(path: string, problem: Problem): Folder {
  const none = { services: [], rules: [], tests: [], conditions: [], templates: [], values: [], collections: [], webhooks: [] };
  return { manifest: undefined, environment: undefined, ...none, problems: [problem], files: [path] };
}
