import { rowFrom, type Row, type Value } from "@backstitch/core/values";
import type { Collection } from "../collections/collection.ts";
import { titleOf } from "../http/problem.ts";
import type { LoginOptions } from "../login/settings.ts";
import type { WebhookRoutes } from "../webhooks/routes.ts";

/** What is in force as the document is made. */
export interface InForce {
  readonly collections: ReadonlyMap<string, Collection>;
  readonly webhooks: WebhookRoutes;
  /** Undefined: nobody logs in. */
  readonly login: LoginOptions | undefined;
}

/** What is at one path. */
export interface Described {
  /** As OpenAPI writes it: `/v1/orders/{id}`. */
  readonly path: string;
  readonly operation: Row;
}

/** What one of Hono's routes serves: where it names a collection, as many paths as there are. */
export type Describe = (inForce: InForce) => readonly Described[];

/** By method and path, as Hono knows them. */
export type Descriptions = Readonly<Record<string, Describe>>;

/** A route that is one path. */
export function at(path: string, operation: Row): Describe {
  return () => [{ path, operation }];
}

export const OBJECT: Row = { type: "object" };
export const TEXT: Row = { type: "string" };
export const COUNT: Row = { type: "integer", minimum: 0 };

/** An object of which every field is there. */
export function fields(properties: Row): Row {
  return { type: "object", properties, required: Object.keys(properties) };
}

export function listOf(items: Row, most?: number): Row {
  return { type: "array", items, ...(most === undefined ? {} : { maxItems: most }) };
}

export function schemaRef(name: string): { readonly $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}

/** The body of a request. */
export function bodyOf(schema: Row, types: readonly string[] = ["application/json"]): Row {
  return { required: true, content: contentOf(schema, types) };
}

/** What is answered, where all is well. */
export function answerOf(description: string, schema?: Row, headers: Row = {}): Row {
  const described = Object.keys(headers).length === 0 ? { description } : { description, headers };
  return schema === undefined ? described : { ...described, content: contentOf(schema, ["application/json"]) };
}

function contentOf(schema: Row, types: readonly string[]): Row {
  return rowFrom(types.map((type) => [type, { schema }] as const));
}

export function headerOf(description: string): Row {
  return { description, schema: TEXT };
}

export function queryParameter(name: string, description: string, schema: Row): Row {
  // Lists have commas between them.
  return { name, in: "query", description, schema, ...(schema["type"] === "array" ? { style: "form", explode: false } : {}) };
}

export function headerParameter(name: string, description: string): Row {
  return { name, in: "header", description, schema: TEXT };
}

export function pathParameter(name: string, schema: Row): Row {
  return { name, in: "path", required: true, schema };
}

/** Statuses that are problems; whatever else may go wrong is one too. */
export function problems(...statuses: readonly number[]): Row {
  const named = statuses.map((status) => [String(status), problemOf(titleOf(status))] as const);
  return rowFrom<Value>([...named, ["default", problemOf("Another problem")]]);
}

function problemOf(description: string): Row {
  return { description, content: { "application/problem+json": { schema: schemaRef(PROBLEM) } } };
}

/** Its name: collections may be called anything. */
export const PROBLEM = "backstitch.Problem";

export const PROBLEM_SCHEMA: Row = {
  type: "object",
  description: "https://www.rfc-editor.org/rfc/rfc9457",
  properties: {
    type: TEXT,
    title: TEXT,
    status: { type: "integer", minimum: 400, maximum: 599 },
    code: { type: "string", description: "Stable: what programs may look at." },
    detail: { type: "string", description: "A sentence for people." },
    problems: { ...listOf(TEXT), description: "Of a filter: everything that is wrong with it." },
    faults: {
      ...listOf(fields({ path: listOf(TEXT), message: TEXT })),
      description: "Of a document: where it is not what the collection's schema asks for.",
    },
    cause: { type: "string", description: "Of a call of which nobody knows whether it was done: what went wrong." },
  },
  required: ["type", "title", "status", "code", "detail"],
};

/** Who may ask. `{}`: anybody may, and is told what those may know who have not logged in. */
export function securityOf(login: LoginOptions | undefined, ...ways: readonly Row[]): { readonly security?: readonly Row[] } {
  const known = ways.filter((way) => !Object.hasOwn(way, "apiKey") || login?.apiKey === true);
  return login === undefined ? {} : { security: known };
}

export const ANYBODY: Row = {};
export const BEARER: Row = { accessToken: [] };
export const API_KEY: Row = { apiKey: [] };
export const REFRESH: Row = { refreshToken: [] };

/** A name as names of components and operations may be. */
export function idOf(name: string): string {
  return name.replace(/[^\w.-]/gu, (character) => `_${character.codePointAt(0)?.toString(16) ?? ""}_`);
}
