import { jsonText, type Row } from "@backstitch/core/values";
import { Hono } from "hono";
import type { GatewayContext } from "../http/context.ts";
import { HttpProblem } from "../http/problem.ts";
import type { Collection } from "./collection.ts";
import { readByKey } from "./read.ts";

/** `/v1/{collection}` and `/v1/{collection}/{key}`. */
export function collectionRoutes({ database, collections, asker }: GatewayContext): Hono {
  const routes = new Hono();
  const named = (name: string): Collection => {
    const collection = collections().get(name);
    if (collection === undefined) throw new HttpProblem(404, "COLLECTION_UNKNOWN", `There is no collection ${JSON.stringify(name)}.`);
    return collection;
  };
  routes.get("/v1/:collection/:key", async ({ req }) => {
    const key = req.path.split("/")[3] ?? "";
    return json(await readByKey(database, named(req.param("collection")), keyOf(key), await asker(req.raw)));
  });
  return routes;
}

/** A key of several columns has commas between them; those of a value are `%2C`. @throws HttpProblem 400 */
function keyOf(text: string): readonly string[] {
  try {
    return text.split(",").map(decodeURIComponent);
  } catch {
    throw new HttpProblem(400, "URL_INVALID", "The key is not percent-encoded UTF-8.");
  }
}

function json(body: Row): Response {
  return new Response(jsonText(body), { headers: { "content-type": "application/json", "cache-control": "no-store" } });
}
