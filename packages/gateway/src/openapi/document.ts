import { rowFrom, type Row } from "@backstitch/core/values";
import { DATA_API_DESCRIPTIONS, DATA_API_ERROR, DATA_API_ERROR_SCHEMA, SERVICE_DESCRIPTIONS, webhookPaths } from "./calls.ts";
import { COLLECTION_DESCRIPTIONS } from "./collections.ts";
import { documentSchema } from "./documents.ts";
import { LOGIN_DESCRIPTIONS } from "./login.ts";
import {
  answerOf,
  at,
  idOf,
  OBJECT,
  pathParameter,
  PROBLEM,
  PROBLEM_SCHEMA,
  problems,
  type Described,
  type Descriptions,
  type InForce,
} from "./parts.ts";
import { PAGE_FILES } from "./page.ts";

/** A route of Hono's. */
export interface Route {
  readonly method: string;
  readonly path: string;
}

/** All that is known of routes. */
export const DESCRIPTIONS: Descriptions = {
  ...COLLECTION_DESCRIPTIONS,
  ...LOGIN_DESCRIPTIONS,
  ...SERVICE_DESCRIPTIONS,
  ...DATA_API_DESCRIPTIONS,
  "GET /openapi.json": at("/openapi.json", page("This document", answerOf("OpenAPI 3.1.", OBJECT))),
  "GET /docs": at("/docs", page("A page to try it", { description: "HTML.", content: { "text/html": {} } })),
  "GET /docs/:file": at("/docs/{file}", {
    ...page("What the page consists of", { description: "A file." }),
    parameters: [pathParameter("file", { type: "string", enum: PAGE_FILES })],
  }),
};

function page(summary: string, answer: Row): Row {
  return { tags: ["description"], summary, responses: { "200": answer, "304": { description: "It is as it was." }, ...problems() } };
}

/** In this order, after those of collections. */
const TAGS = ["login", "services", "Data API", "webhooks", "description"];

/** OpenAPI 3.1 of what is served. @param routes Those that there are: what is not among them is not told. */
export function openApiDocument(routes: readonly Route[], inForce: InForce): Row {
  const served = routes.flatMap(({ method, path }) => {
    const describe = DESCRIPTIONS[`${method} ${path}`];
    return describe === undefined ? [] : describe(inForce).map((one) => ({ ...one, methods: [method] }));
  });
  const { collections, login } = inForce;
  const schemas = [...collections.values()].map((one) => [idOf(one.rules.name), documentSchema(one)] as const);
  return {
    openapi: "3.1.1",
    info: { title: "Backstitch", version: "v1", description: "What this gateway serves." },
    tags: [...new Set([...collections.keys(), ...TAGS])].map((name) => ({ name })),
    // Wherever it is reached: beside this document.
    servers: [{ url: "." }],
    paths: pathsOf([...served, ...webhookPaths(inForce)]),
    components: {
      schemas: rowFrom([...schemas, [PROBLEM, PROBLEM_SCHEMA], [DATA_API_ERROR, DATA_API_ERROR_SCHEMA]]),
      ...(login === undefined ? {} : { securitySchemes: schemesOf(login.apiKey === true) }),
    },
  };
}

function pathsOf(described: readonly (Described & { readonly methods: readonly string[] })[]): Row {
  const paths = Map.groupBy(described, ({ path }) => path);
  return rowFrom(
    [...paths].map(([path, ofPath]) => {
      const operations = ofPath.flatMap(({ methods, operation }) => methods.map((method) => [method.toLowerCase(), operation] as const));
      return [path, rowFrom(operations)] as const;
    }),
  );
}

function schemesOf(hasApiKeys: boolean): Row {
  const apiKey = {
    type: "apiKey",
    in: "header",
    name: "X-Api-Key",
    description: "Of a user or a server. Clients of the Data API call it `apiKey`.",
  };
  return {
    accessToken: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "What logging in answers as `accessToken`." },
    refreshToken: { type: "http", scheme: "bearer", description: "What logging in answers as `refreshToken`: for the session alone." },
    ...(hasApiKeys ? { apiKey } : {}),
  };
}
