import { rowFrom, type Row } from "@backstitch/core/values";
import { fieldsOf, type Collection } from "../collections/collection.ts";
import { DEFAULT_LIMIT, LARGEST_LIMIT } from "../collections/parameters.ts";
import { MOST_INSERTED } from "../collections/routes.ts";
import { keySchema } from "./columns.ts";
import { mayBeTold, writtenSchema } from "./documents.ts";
import {
  ANYBODY,
  API_KEY,
  answerOf,
  BEARER,
  bodyOf,
  COUNT,
  fields,
  headerOf,
  headerParameter,
  idOf,
  listOf,
  pathParameter,
  problems,
  queryParameter,
  schemaRef,
  securityOf,
  TEXT,
  type Describe,
  type Descriptions,
  type InForce,
} from "./parts.ts";

const ETAG = { ETag: headerOf("Of the document as you may read it.") };
const LOCATION = { Location: headerOf("Where it is.") };
const IF_MATCH = headerParameter("If-Match", "The ETag of what was read: 412 where it is otherwise by now.");
const IF_NONE_MATCH = headerParameter("If-None-Match", "An ETag that is known already; `*`: only where there is none.");
const IDEMPOTENCY_KEY = headerParameter("Idempotency-Key", "Sent again with the same key and body within a day, nothing more is added.");
const FILTER = queryParameter("filter", 'An expression as JSON over the fields that you may read: `{"price": {"$lt": 5}}`.', TEXT);
/** Merged as RFC 7396 says, whatever they are called. */
const PATCHES = ["application/json", "application/merge-patch+json"];

/** Of each collection. */
export const COLLECTION_DESCRIPTIONS: Descriptions = {
  "GET /v1/:collection": ofEach("list", "Lists documents", (collection) => ({
    parameters: [FILTER, ...listParameters(collection), wantedFields(collection)],
    responses: { "200": answerOf("A page of what you may read.", pageOf(collection)), ...problems(400, 401, 404, 422, 503) },
  })),
  "POST /v1/:collection": ofEach("insert", "Adds one document, or all of a list", (collection) => {
    const one = writtenSchema(collection, false);
    return {
      parameters: [IDEMPOTENCY_KEY],
      requestBody: bodyOf({ anyOf: [one, listOf(one, MOST_INSERTED)] }),
      responses: {
        "201": answerOf("It is added. What you may not read of it is not told.", insertedOf(collection), { ...LOCATION, ...ETAG }),
        ...problems(400, 401, 403, 404, 409, 413, 415, 422, 501, 503),
      },
    };
  }),
  "GET /v1/:collection/:key": ofEachKey("read", "Reads a document", (collection) => ({
    parameters: [wantedFields(collection), IF_NONE_MATCH],
    responses: {
      "200": answerOf("What you may read of it.", documentOf(collection), ETAG),
      "304": answerOf("It is as you know it.", undefined, ETAG),
      ...problems(400, 401, 404, 503),
    },
  })),
  "PUT /v1/:collection/:key": ofEachKey("replace", "Puts a document in the place of another, or adds it", (collection) => ({
    parameters: [IF_MATCH, IF_NONE_MATCH],
    requestBody: bodyOf(writtenSchema(collection, true)),
    responses: { ...writtenOf(collection), "201": answerOf("It is added.", documentOf(collection), { ...LOCATION, ...ETAG }) },
  })),
  "PATCH /v1/:collection/:key": ofEachKey("change", "Changes fields of a document", (collection) => ({
    parameters: [IF_MATCH, IF_NONE_MATCH],
    requestBody: bodyOf(documentOf(collection), PATCHES),
    responses: writtenOf(collection),
  })),
  "DELETE /v1/:collection/:key": ofEachKey("delete", "Deletes a document", () => ({
    parameters: [IF_MATCH, IF_NONE_MATCH],
    responses: { "204": answerOf("It is deleted."), ...problems(400, 401, 403, 404, 409, 412, 422, 503) },
  })),
  "GET /v1/:collection/changes": ({ collections, login }) =>
    [...collections.values()]
      .filter(({ rules }) => rules.live)
      .map((collection) => ({
        path: `${pathOf(collection)}/changes`,
        operation: { ...changesOf(collection), ...securityOf(login, ANYBODY, BEARER, API_KEY) },
      })),
};

type Operation = (collection: Collection) => Row;

function ofEach(id: string, summary: string, operation: Operation): Describe {
  return ({ collections, login }) =>
    [...collections.values()].map((collection) => ({
      path: pathOf(collection),
      operation: { ...titled(collection, id, summary), ...operation(collection), ...securityOf(login, ANYBODY, BEARER, API_KEY) },
    }));
}

function ofEachKey(id: string, summary: string, operation: Operation): Describe {
  return ({ collections, login }: InForce) =>
    [...collections.values()].map((collection) => {
      const keys = keyParameters(collection);
      const { parameters, ...others } = operation(collection) as { readonly parameters: readonly Row[] };
      return {
        path: `${pathOf(collection)}/${keys.map(({ name }) => `{${name}}`).join(",")}`,
        operation: {
          ...titled(collection, id, summary),
          parameters: [...keys.map(({ name, schema }) => pathParameter(name, schema)), ...parameters],
          ...others,
          ...securityOf(login, ANYBODY, BEARER, API_KEY),
        },
      };
    });
}

function titled({ rules: { name } }: Collection, id: string, summary: string): Row {
  return { tags: [name], operationId: `${idOf(name)}.${id}`, summary };
}

function pathOf({ rules }: Collection): string {
  return `/v1/${encodeURIComponent(rules.name)}`;
}

/** The columns of the key, as a path can name them and as far as anybody may know what they are called. */
function keyParameters({ table, rules }: Collection): readonly { readonly name: string; readonly schema: Row }[] {
  return table.key.map((column, index) => ({
    name: /^\w+$/.test(column.name) && mayBeTold(rules, column.name) ? column.name : `key-${index + 1}`,
    schema: keySchema(column),
  }));
}

function documentOf({ rules }: Collection): Row {
  return schemaRef(idOf(rules.name));
}

function listParameters({ table, rules }: Collection): readonly Row[] {
  const names = table.columns.map(({ name }) => name).filter((name) => name !== rules.document && mayBeTold(rules, name));
  return [
    queryParameter("sort", "Columns, `-` before one that goes down. The primary key follows.", {
      ...listOf({ type: "string", enum: names.flatMap((name) => [name, `-${name}`]) }),
      maxItems: 4,
    }),
    queryParameter("limit", "Documents on a page.", { type: "integer", minimum: 1, maximum: LARGEST_LIMIT, default: DEFAULT_LIMIT }),
    queryParameter("cursor", "What the page before has as `next`.", TEXT),
    queryParameter("count", "Whether to count all that match.", { type: "boolean", default: false }),
  ];
}

function wantedFields(collection: Collection): Row {
  const { rules } = collection;
  // Of documents in a column nobody knows what fields they have.
  const names = rules.document === undefined ? { enum: fieldsOf(collection).filter((name) => mayBeTold(rules, name)) } : {};
  return queryParameter("fields", "Those that are wanted.", listOf({ type: "string", ...names }));
}

function pageOf(collection: Collection): Row {
  const page = fields({
    documents: listOf(documentOf(collection)),
    next: { type: ["string", "null"], description: "The cursor of the next page; null: it was the last." },
  });
  return { ...page, properties: { ...(page["properties"] as Row), count: { ...COUNT, description: "Where it is asked for." } } };
}

function insertedOf(collection: Collection): Row {
  const many = { anyOf: [documentOf(collection), { type: "null" }] };
  return { anyOf: [fields({ documents: listOf(many) }), documentOf(collection)] };
}

function writtenOf(collection: Collection): Row {
  return rowFrom([
    ["200", answerOf("What you may read of it now.", documentOf(collection), ETAG)],
    ["204", answerOf("It is written, and you may read nothing of it.")],
    ...Object.entries(problems(400, 401, 403, 404, 409, 412, 413, 415, 422, 503)),
  ]);
}

function changesOf(collection: Collection): Row {
  const events = {
    description: "Server-sent events: `ready`, `change`, `remove`, `reset`.",
    content: { "text/event-stream": { schema: TEXT } },
  };
  return {
    ...titled(collection, "changes", "Tells changes as they happen"),
    parameters: [FILTER, headerParameter("Last-Event-ID", "The last event that came: what happened since is told.")],
    responses: { "200": events, ...problems(400, 401, 429, 503) },
  };
}
