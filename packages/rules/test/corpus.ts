import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "@backstitch/core/rules";
import type { Row } from "@backstitch/core/values";
import {
  compileRules,
  type AnalysisInput,
  type ByCollection,
  type Catalogue,
  type ColumnType,
  type RuleFiles,
  type ServiceLimit,
  type SourceFacts,
} from "../src/index.ts";
import { readJson } from "../src/json/index.ts";
import { catalogue } from "./catalogue.ts";

const FOLDER = join(import.meta.dirname, "..", "corpus");

type Expected = string | { code: string; at?: string; key?: boolean; file?: string; line?: number; column?: number };

/** What a case says of the data. */
interface Data {
  readonly sources?: Readonly<Record<string, SourceFacts>>;
  readonly columns?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, ColumnType>>>>>>;
  readonly rows?: Readonly<Record<string, Readonly<Record<string, readonly Row[]>>>>;
  readonly limits?: Readonly<Record<string, readonly ServiceLimit[]>>;
}

/** One row of a file of defects: what differs from a plain rule, other files, and what must be said. */
export interface Defect {
  readonly name: string;
  readonly when?: unknown;
  readonly rule?: object;
  /** Of the service `mail`. */
  readonly guards?: readonly object[];
  readonly files?: Readonly<Record<string, unknown>>;
  readonly data?: Data;
  readonly finding: Expected;
  /** What else is right to say. */
  readonly extra?: readonly Expected[];
  /** The sentences of all that is said, each with its remedy, in the order of their places. */
  readonly says: readonly string[];
}

/** Files of one project of which nothing is to be said. */
export interface Good {
  readonly about: string;
  readonly files: Readonly<Record<string, unknown>>;
  readonly data?: Data;
}

export function readDefects(): { about: string; cases: readonly Defect[] }[] {
  return read("defects").map(([name, text]) => {
    const { about, cases } = JSON.parse(text) as { about: string; cases: readonly Defect[] };
    return { about: `${name}: ${about}`, cases };
  });
}

export function readGood(): Good[] {
  return read("good").map(([, text]) => JSON.parse(text) as Good);
}

function read(folder: string): [string, string][] {
  return readdirSync(join(FOLDER, folder))
    .sort()
    .map((name) => [name, readFileSync(join(FOLDER, folder, name), "utf8")]);
}

export function filesOf({ when, rule, guards, files: given = {} }: Defect): Readonly<Record<string, unknown>> {
  const files = guards === undefined ? given : { ...given, [GUARDED]: { connector: "ses", guards } };
  if (Object.keys(files).some((path) => path.startsWith("rules/"))) return files;
  const plain = {
    on: { source: "shop", collection: "orders" },
    ...(when === undefined ? {} : { when }),
    then: [{ service: "sms", action: "send", with: { to: "t", body: "b" } }],
  };
  return { ...files, "rules/case.json": { ...plain, ...rule } };
}

const GUARDED = "services/mail.json";

function textsOf(files: Readonly<Record<string, unknown>>): { path: string; text: string }[] {
  return Object.entries(files).map(([path, content]) => ({
    path,
    text: typeof content === "string" && path.endsWith(".liquid") ? content : JSON.stringify(content, null, 2),
  }));
}

export function analysed(
  files: Readonly<Record<string, unknown>>,
  data: Data = {},
  known: Omit<Catalogue, "analysis"> = catalogue,
): readonly Problem[] {
  const texts = textsOf(files);
  const under = (folder: string): typeof texts => texts.filter(({ path }) => path.startsWith(`${folder}/`));
  const given: RuleFiles = {
    rules: under("rules"),
    conditions: under("conditions"),
    templates: under("templates"),
    values: under("values"),
  };
  return compileRules(given, { ...known, analysis: { ...inputOf(data), services: under("services") } }).problems;
}

export function inputOf({ sources = {}, columns = {}, rows = {}, limits = {} }: Data): AnalysisInput {
  const nested = <Known, Read>(
    by: Readonly<Record<string, Readonly<Record<string, Known>>>>,
    of: (known: Known) => Read,
  ): ByCollection<Read> =>
    new Map(
      Object.entries(by).map(([source, ofSource]) => [source, new Map(Object.entries(ofSource).map(([name, known]) => [name, of(known)]))]),
    );
  return {
    sources: new Map(Object.entries(sources)),
    limits: new Map(Object.entries(limits)),
    columns: nested(columns, (known) => new Map(Object.entries(known))),
    rows: nested(rows, (known) => known),
  };
}

/** `rules/case.json:3:5 CODE` */
export function wordsOf({ place, code }: Problem): string {
  return `${place.file}:${place.line}:${place.column} ${code}`;
}

export function sentenceOf({ message, remedy }: Problem): string {
  return remedy === undefined ? message : `${message} ${remedy}`;
}

/** The same of what is expected, whose place is a path into the file: `CODE when/after.x/$in`. */
export function expectedWords(expected: Expected, files: Readonly<Record<string, unknown>>): string {
  const [code = "", at = ""] = typeof expected === "string" ? expected.split(/ (.*)/s) : [expected.code, expected.at];
  const {
    file = at.startsWith("guards/") ? GUARDED : "rules/case.json",
    key = false,
    line,
    column,
  } = typeof expected === "string" ? {} : expected;
  if (line !== undefined) return `${file}:${line}:${column} ${code}`;
  const { located } = readJson(file, JSON.stringify(files[file], null, 2));
  const path = at === "" ? [] : at.split("/").map((segment) => (/^\d+$/.test(segment) ? Number(segment) : segment));
  const place = located?.placeOf(path, key ? "key" : "value");
  return `${file}:${place?.line}:${place?.column} ${code}`;
}
