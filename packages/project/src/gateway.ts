import type { FromSchema, JsonSchema, Secret } from "@backstitch/core/connector";
import type { Problem } from "@backstitch/core/rules";
import { rowFrom, type Row, type Value } from "@backstitch/core/values";
import { didYouMean, listOf, readJson, valueAt, type Located } from "@backstitch/rules/json";
import { compileCollection, type CallOptions, type CollectionRules } from "@backstitch/rules/roles";
import { readConfiguration } from "./configuration.ts";
import type { Environment } from "./environment.ts";
import type { Folder } from "./folder/read-folder.ts";
import { readLogin, type LoginSettings, type WrittenLogin } from "./login/read-login.ts";
import { loginSchema } from "./login/schema.ts";
import { fileProblem, problemAt } from "./problem.ts";
import { validate } from "./schema/validate.ts";

/** Collections over HTTP, as the project wants them. */
export interface GatewaySettings {
  /** @default "127.0.0.1" */
  readonly host: string;
  /** 0: the system picks. @default 8080 */
  readonly port: number;
  /** As far sides and people reach it: no slash at its end. Undefined: it is not written, or the variable that it is in is not set, and that is no problem here. */
  readonly publicUrl: string | undefined;
  /** Whether it is written. */
  readonly hasPublicUrl: boolean;
  /** Of the database whose tables are collections. Undefined: there are none, or the variable that it is in is not set, and that is no problem here. */
  readonly connectionString: Secret | undefined;
  /** To the database, at the same time. @default 10 */
  readonly connections: number;
  /** Pages of other origins that may ask. @default none */
  readonly origins: readonly string[];
  /** Of one's own, in front. @default 0 */
  readonly proxies: number;
  /** Whether everybody is told what is served, with a page to try it. Undefined: it is not written. */
  readonly openapi: boolean | undefined;
  /** Undefined: nobody logs in. */
  readonly login: LoginSettings | undefined;
  /** The source that reads the database's log: what collections that are live are told of. Undefined: none is live. */
  readonly source: string | undefined;
  readonly collections: readonly CollectionRules[];
  /** The files of `values/`, by name. */
  readonly values: Row;
}

const AT = ["gateway"];

export const gatewaySchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    connectionString: { type: "string", secret: true, description: "Of the database: postgres://user:password@host/database" },
    source: {
      type: "string",
      minLength: 1,
      description: "The source that reads the database's log, for collections that are live. Default: the one of the type postgres.",
    },
    connections: { type: "integer", minimum: 1, maximum: 1_000, description: "To the database, at the same time. Default: 10." },
    publicUrl: {
      type: "string",
      pattern: "^https?://[^/?#\\s@]+(?:/[^?#\\s]*[^?#\\s/])?$",
      description:
        "The address by which others reach the gateway, without a slash at its end: what Twilio signs, who issues access tokens, and where people come back to who log in elsewhere.",
    },
    host: { type: "string", minLength: 1, description: "Address to listen on. Default: 127.0.0.1, which only this machine reaches." },
    port: { type: "integer", minimum: 0, maximum: 65_535, description: "Port to listen on. 0: the system picks. Default: 8080." },
    origins: {
      type: "array",
      maxItems: 100,
      description: "Pages that may ask from other origins, as browsers name them: https://shop.example.com. Default: none.",
      items: { type: "string", pattern: "^https?://[a-z0-9.-]+(?::[0-9]+)?$" },
    },
    proxies: {
      type: "integer",
      minimum: 0,
      maximum: 10,
      description: "So many of your own proxies are in front, each of which adds to X-Forwarded-For. Default: 0, where it is not believed.",
    },
    openapi: {
      type: "boolean",
      description:
        "Whether /openapi.json tells everybody what is served, names of tables and fields too, and /docs has a page to try it. Default: false; in dev, true.",
    },
    login: loginSchema,
  },
} as const satisfies JsonSchema;

/** What of the rest of the project the gateway is held against. */
export interface GatewaySurroundings extends Pick<Folder, "collections" | "conditions" | "templates" | "values"> {
  readonly services: CallOptions["services"];
  readonly sources: readonly { readonly name: string; readonly type: string }[];
}

/** Collections are tables of a database, and so are users. */
const overDatabase = { ...gatewaySchema, required: ["connectionString"] } as const satisfies JsonSchema;

/** Reads `gateway` of `backstitch.json`, and the files of `collections/`. */
export function readGateway(
  located: Located | undefined,
  folder: GatewaySurroundings,
  environment: Environment,
): { readonly gateway: GatewaySettings | undefined; readonly problems: readonly Problem[] } {
  const { collections: files, conditions, values, sources, services } = folder;
  const compiled = files.map((file) => compileCollection(file, { conditions, values, validate }));
  const inFiles = compiled.flatMap(({ problems }) => problems);
  const written = located === undefined ? undefined : valueAt(located, AT);
  if (located === undefined || written === undefined) return { gateway: undefined, problems: [...inFiles, ...unserved(located, files)] };
  const needsDatabase = files.length > 0 || valueAt(located, [...AT, "login"]) !== undefined;
  const schema = needsDatabase ? overDatabase : gatewaySchema;
  const { value, problems } = readConfiguration(written, { located, at: AT, schema, validate, environment }, "GATEWAY");
  if (problems.length > 0) return { gateway: undefined, problems: [...inFiles, ...problems] };
  const given = value as Partial<Written>;
  const { host = "127.0.0.1", port = 8080, connections = 10, origins = [], proxies = 0, connectionString, publicUrl, openapi } = given;
  const collections = compiled.flatMap(({ rules }) => (rules === undefined ? [] : [rules]));
  const hasPublicUrl = Object.hasOwn(written as object, "publicUrl");
  const { source, problems: inSource } = sourceOf(given.source, located, { collections, sources });
  const login =
    given.login && readLogin(given.login, { located, at: [...AT, "login"], hasPublicUrl }, { files: folder, services, validate });
  const address = { host, port, publicUrl, hasPublicUrl, origins, proxies, openapi };
  const gateway = { ...address, connections, connectionString, source, login: login?.login, collections, values: valuesOf(values) };
  return { gateway, problems: [...inFiles, ...inSource, ...(login === undefined ? [] : [...login.problems, ...hidden(files)])] };
}

type Written = Omit<FromSchema<typeof gatewaySchema>, "connectionString" | "login"> & {
  readonly connectionString: Secret;
  readonly login: WrittenLogin;
};

/** What logs in is under /v1/auth. */
function hidden(files: Folder["collections"]): readonly Problem[] {
  const message = 'There is no collection "auth" where people log in: its paths are those of login.';
  return files
    .filter(({ path }) => path === "collections/auth.json")
    .map(({ path }) => fileProblem(path, "COLLECTION_NAME_TAKEN", message, 'Call the file otherwise, and write "table": "auth".'));
}

interface Live {
  readonly collections: readonly CollectionRules[];
  readonly sources: GatewaySurroundings["sources"];
}

/** What collections that are live are told of: the one that is named, else the only one that reads a PostgreSQL. */
function sourceOf(
  named: string | undefined,
  located: Located,
  { collections, sources }: Live,
): { readonly source: string | undefined; readonly problems: readonly Problem[] } {
  const names = sources.map(({ name }) => name);
  if (named !== undefined && !names.includes(named)) {
    const message = `The gateway's "source" is ${JSON.stringify(named)}, and there is none of that name.`;
    const remedy = didYouMean(named, names) ?? `The sources are ${listOf(names)}.`;
    return { source: undefined, problems: [problemAt(located.placeOf([...AT, "source"]), "GATEWAY_SOURCE_UNKNOWN", message, remedy)] };
  }
  const live = collections.find((one) => one.live);
  if (live === undefined) return { source: undefined, problems: [] };
  const [only, ...others] = sources.filter(({ type }) => type === "postgres");
  if (named !== undefined) return { source: named, problems: [] };
  if (only !== undefined && others.length === 0) return { source: only.name, problems: [] };
  const which = only === undefined ? "no source reads a PostgreSQL" : "several sources read a PostgreSQL";
  const message = `The collection ${JSON.stringify(live.name)} is live, and ${which}: nobody can say whose changes are its.`;
  const remedy = 'Name the source that reads the gateway\'s database: "source".';
  return { source: undefined, problems: [problemAt(located.placeOf(AT), "GATEWAY_SOURCE_MISSING", message, remedy)] };
}

/** Rules over collections that nobody serves. */
function unserved(located: Located | undefined, [first]: Folder["collections"]): readonly Problem[] {
  if (first === undefined || located === undefined) return [];
  const message = "There are collections, and no gateway that serves them.";
  const remedy = 'Write "gateway": {"connectionString": {"$secret": "DATABASE_URL"}} into it.';
  return [problemAt(located.placeOf([]), "GATEWAY_MISSING", message, remedy)];
}

/** What is wrong with them is said where the rules read them. */
function valuesOf(files: Folder["values"]): Row {
  const named = files.map(
    ({ path, text }) => [path.slice("values/".length, -".json".length), readJson(path, text).located?.value] as const,
  );
  return rowFrom(named.map(([name, value]) => [name, (value ?? null) as Value] as const));
}
