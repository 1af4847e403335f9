import { jsonText, type Value } from "@backstitch/core/values";
import { type Context, Hono } from "hono";
import { parametersOf } from "../http/address.ts";
import { json, written } from "../http/answer.ts";
import { readObject, readObjects } from "../http/body.ts";
import type { GatewayContext } from "../http/context.ts";
import { idempotencyKeyOf } from "../http/idempotency-key.ts";
import { HttpProblem } from "../http/problem.ts";
import type { Collection } from "./collection.ts";
import { etagOf, isAmong } from "./etag.ts";
import { count, list } from "./list.ts";
import { documentParameters, listParameters, projected } from "./parameters.ts";
import { readByKey } from "./read.ts";
import { sortOf } from "./sort.ts";
import { insertAll, patch, removeByKey, replace, type Target, type Writing, type Written } from "./write.ts";

/** So many documents are added by one request. */
export const MOST_INSERTED = 1_000;

/** `/v1/{collection}` and `/v1/{collection}/{key}`. */
export function collectionRoutes(context: GatewayContext): Hono {
  const routes = new Hono();
  const { database } = context;
  routes.get("/v1/:collection", async ({ req }) => listDocuments(context, req.raw, named(context, req.param("collection"))));
  routes.post("/v1/:collection", async ({ req }) => {
    const writing = await writingOf(context, req.raw, req.param("collection"));
    const key = idempotencyKeyOf(req.header("idempotency-key"), writing.asker);
    const { objects, isList } = await readObjects(req.raw, MOST_INSERTED);
    const added =
      key === undefined ? await insertAll(writing, objects) : await context.idempotency.insertOnce(writing, { key, objects, isList });
    if (isList) return json({ documents: added.map(({ document }) => document ?? null) }, 201);
    const [only] = added;
    return only === undefined ? json({ documents: [] }, 201) : answer(writing, only);
  });
  routes.get("/v1/:collection/:key", async ({ req }) => {
    const { fields } = documentParameters(parametersOf(req.raw));
    const document = await readByKey(database, named(context, req.param("collection")), keyOf(req.path), await context.asker(req.raw));
    const text = jsonText(document);
    const etag = etagOf(text);
    if (isAmong(req.header("if-none-match") ?? "", etag)) return new Response(null, { status: 304, headers: { etag } });
    return written(fields === undefined ? text : jsonText(projected(document, fields)), 200, { etag });
  });
  routes.put("/v1/:collection/:key", async ({ req }) => {
    const writing = await writingOf(context, req.raw, req.param("collection"));
    return answer(writing, await replace(writing, targetOf(req), await readObject(req.raw)));
  });
  routes.patch("/v1/:collection/:key", async ({ req }) => {
    const writing = await writingOf(context, req.raw, req.param("collection"));
    return answer(writing, await patch(writing, targetOf(req), await readObject(req.raw)));
  });
  routes.delete("/v1/:collection/:key", async ({ req }) => {
    await removeByKey(await writingOf(context, req.raw, req.param("collection")), targetOf(req));
    return new Response(null, { status: 204 });
  });
  routes.all("/v1/:collection", () => notAllowed("GET, HEAD, POST"));
  routes.all("/v1/:collection/:key", () => notAllowed("GET, HEAD, PUT, PATCH, DELETE"));
  return routes;
}

async function listDocuments(
  { database, asker: askerOf, cursors }: GatewayContext,
  request: Request,
  collection: Collection,
): Promise<Response> {
  const { query, limit, cursor, fields, ...parameters } = listParameters(parametersOf(request));
  const asker = await askerOf(request);
  const sort = sortOf(parameters.sort, collection, asker);
  const of = JSON.stringify([collection.rules.name, sort.map(({ column, descending }) => [column.name, descending])]);
  const from = cursor === undefined ? undefined : cursors.read(cursor, of);
  const page = await list(database, collection, asker, { query, sort, limit, from });
  const counted = parameters.count ? { count: await count(database, collection, asker, query) } : {};
  const next: { readonly next: Value } = { next: page.next === undefined ? null : cursors.write(page.next, of) };
  return json({ documents: page.documents.map((document) => projected(document, fields)), ...next, ...counted });
}

/** @throws HttpProblem 404 */
export function named({ collections }: Pick<GatewayContext, "collections">, name: string): Collection {
  const collection = collections().get(name);
  if (collection === undefined)
    throw new HttpProblem(404, "COLLECTION_UNKNOWN", `There is no collection ${JSON.stringify(name.slice(0, 100))}.`);
  return collection;
}

async function writingOf({ database, validate, asker, ...context }: GatewayContext, request: Request, name: string): Promise<Writing> {
  return { database, validate, collection: named(context, name), asker: await asker(request) };
}

function targetOf(req: Context["req"]): Target {
  return { key: keyOf(req.path), preconditions: { ifMatch: req.header("if-match"), ifNoneMatch: req.header("if-none-match") } };
}

/** What its writer may not read is not told. */
function answer({ collection }: Writing, { document, key, created }: Written): Response {
  const location = `/v1/${encodeURIComponent(collection.rules.name)}/${key.map(encodeURIComponent).join(",")}`;
  const headers: Record<string, string> = created ? { location } : {};
  if (document === undefined) return new Response(null, { status: created ? 201 : 204, headers });
  const text = jsonText(document);
  return written(text, created ? 201 : 200, { ...headers, etag: etagOf(text) });
}

function notAllowed(methods: string): Response {
  throw new HttpProblem(405, "METHOD_NOT_ALLOWED", `Here are ${methods}.`, { headers: { allow: methods } });
}

/** The key as it stands in an address: of several columns, with commas between them; those of a value are `%2C`. @throws HttpProblem 400 */
function keyOf(path: string): readonly string[] {
  try {
    return (path.split("/")[3] ?? "").split(",").map(decodeURIComponent);
  } catch {
    throw new HttpProblem(400, "URL_INVALID", "The key is not percent-encoded UTF-8.");
  }
}
