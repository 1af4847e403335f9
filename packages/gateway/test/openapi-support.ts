import { validate as isValid } from "@hyperjump/json-schema/openapi-3-1";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { ErrorObject } from "ajv";
import { expect } from "vitest";
import type { TestGateway } from "./support.ts";

interface Schema {
  readonly type?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly readOnly?: boolean;
}

interface Operation {
  readonly summary?: string;
  readonly operationId?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: Schema & { readonly anyOf: readonly Schema[] } }>>;
  };
  readonly security?: readonly object[];
}

export interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>>; readonly securitySchemes?: object };
}

export async function documentOf(asked: Pick<TestGateway, "ask">): Promise<Document> {
  const { status, body, headers } = await asked.ask("/openapi.json");
  expect(status).toBe(200);
  expect(headers.get("content-type")).toBe("application/json");
  return body as Document;
}

export async function expectValid(document: Document): Promise<void> {
  const output = await isValid("https://spec.openapis.org/oas/3.1/schema-base", document as never, "BASIC");
  expect(output).toEqual({ valid: true });
}

/** What of a value is not as the document says. */
export function faultsOf(document: Document, schema: string, value: unknown): readonly ErrorObject[] {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema({ $id: "openapi", ...(document as object) });
  const check = ajv.getSchema(`openapi#/${schema}`);
  if (check === undefined) throw new Error(`The document has no ${schema}.`);
  return check(value) === true ? [] : (check.errors ?? []);
}

/** Rules that let everybody do everything. */
export const ALL = { roles: [{ name: "all", read: true, write: true, insert: true, delete: true }] };
