import { rowFrom, type Row } from "@backstitch/core/values";
import { ACTIONS } from "../data-api/actions.ts";
import {
  ANYBODY,
  API_KEY,
  answerOf,
  BEARER,
  bodyOf,
  COUNT,
  fields,
  headerParameter,
  listOf,
  OBJECT,
  pathParameter,
  problems,
  schemaRef,
  securityOf,
  TEXT,
  type Described,
  type Descriptions,
  type InForce,
} from "./parts.ts";

const SERVICE = {
  tags: ["services"],
  operationId: "services.call",
  summary: "Asks a service for an action, where a guard lets you",
  parameters: [
    pathParameter("service", TEXT),
    pathParameter("action", TEXT),
    headerParameter("Idempotency-Key", "What is asked twice by the same key is done once."),
  ],
  requestBody: bodyOf({ ...OBJECT, description: "The action's arguments." }),
  responses: {
    "200": answerOf("The far side has taken it.", fields({ receipt: OBJECT })),
    ...problems(400, 401, 403, 413, 415, 422, 429, 502, 503),
  },
};

/** Of services. Which there are is told to nobody, since guards decide that. */
export const SERVICE_DESCRIPTIONS: Descriptions = {
  "POST /v1/services/:service/:action": ({ login }) => [
    { path: "/v1/services/{service}/{action}", operation: { ...SERVICE, ...securityOf(login, BEARER, API_KEY) } },
  ],
};

/** Of the Data API of MongoDB Atlas. */
export const DATA_API_DESCRIPTIONS: Descriptions = {
  "POST /action/:action": (inForce) =>
    Object.keys(ACTIONS).map((action) => ({ path: `/action/${action}`, operation: dataApi(inForce, action, `Data API: ${action}`) })),
  "POST /app/:app/endpoint/data/:version/action/:action": (inForce) => {
    const names = pathParameter("action", { type: "string", enum: Object.keys(ACTIONS) });
    const parameters = [pathParameter("app", TEXT), pathParameter("version", TEXT), names];
    const operation = { ...dataApi(inForce, undefined, "Data API: the same, where its clients look for it"), parameters };
    return [{ path: "/app/{app}/endpoint/data/{version}/action/{action}", operation }];
  },
};

function dataApi({ collections, login }: InForce, action: string | undefined, summary: string): Row {
  const error = {
    description: "An error, as the Data API told it.",
    content: { "application/json": { schema: schemaRef(DATA_API_ERROR) } },
  };
  const [body = OBJECT, result = OBJECT] = (action !== undefined && CALLS[action]) || [];
  const collection: Row = { type: "string", ...(collections.size === 0 ? {} : { enum: [...collections.keys()] }) };
  const { properties = {}, required = [] } = body as { readonly properties?: Row; readonly required?: readonly string[] };
  const call = {
    type: "object",
    properties: { collection, dataSource: TEXT, database: TEXT, ...properties },
    required: ["collection", ...required],
  };
  return {
    tags: ["Data API"],
    ...(action === undefined ? {} : { operationId: `dataApi.${action}` }),
    summary,
    requestBody: bodyOf(call, ["application/json", "application/ejson"]),
    responses: { "200": answerOf("What it did.", result), default: error },
    ...securityOf(login, ANYBODY, BEARER, API_KEY),
  };
}

export const DATA_API_ERROR = "backstitch.DataApiError";
export const DATA_API_ERROR_SCHEMA = fields({ error: TEXT, error_code: TEXT, link: TEXT });

const FOUND: Row = { filter: OBJECT, sort: OBJECT, projection: OBJECT };
const UPDATED: Row = {
  type: "object",
  properties: { matchedCount: COUNT, modifiedCount: COUNT, upsertedId: TEXT },
  required: ["matchedCount", "modifiedCount"],
};
const UPDATE = body({ update: OBJECT }, { filter: OBJECT, upsert: { type: "boolean" } });
const DELETED = fields({ deletedCount: COUNT });

/** The body and the answer of each. */
const CALLS: Readonly<Record<string, readonly [body: Row, result: Row]>> = {
  findOne: [body({}, FOUND), fields({ document: { type: ["object", "null"] } })],
  find: [body({}, { ...FOUND, limit: COUNT, skip: COUNT }), fields({ documents: listOf(OBJECT) })],
  insertOne: [body({ document: OBJECT }), fields({ insertedId: TEXT })],
  insertMany: [body({ documents: listOf(OBJECT) }), fields({ insertedIds: listOf(TEXT) })],
  updateOne: [UPDATE, UPDATED],
  updateMany: [UPDATE, UPDATED],
  replaceOne: [body({ replacement: OBJECT }, { filter: OBJECT, upsert: { type: "boolean" } }), UPDATED],
  deleteOne: [body({}, { filter: OBJECT }), DELETED],
  deleteMany: [body({}, { filter: OBJECT }), DELETED],
  aggregate: [body({ pipeline: listOf(OBJECT) }), fields({ documents: listOf(OBJECT) })],
};

function body(needed: Row, more: Row = {}): Row {
  return { ...fields(needed), properties: { ...needed, ...more } };
}

/** Of webhooks: they are no routes of Hono's, since their paths change while it runs. */
export function webhookPaths({ webhooks }: InForce): readonly (Described & { readonly methods: readonly string[] })[] {
  return [...webhooks].map(([path, { methods, maxBodyBytes }]) => ({
    path,
    methods,
    operation: {
      tags: ["webhooks"],
      summary: "Takes what another server tells",
      requestBody: { description: `At most ${maxBodyBytes} bytes.`, content: rowFrom([["*/*", {}]]) },
      responses: { "204": answerOf("It is recorded."), ...problems(400, 401, 413, 415, 503) },
    },
  }));
}
