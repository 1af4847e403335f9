import { jsonText } from "@backstitch/core/values";
import { Hono } from "hono";
import type { GatewayContext, OpenApi } from "../http/context.ts";
import { HttpProblem } from "../http/problem.ts";
import { openApiDocument, type Route } from "./document.ts";
import { etagOfBytes, page, PAGE_HEADERS, pageFile, type PageFile } from "./page.ts";

type Described = Pick<GatewayContext, "collections" | "webhooks">;

/** `/openapi.json`, and `/docs`: a page to try what it tells. @param routesOf All of them, once there are all. */
export function openApiRoutes({ collections, webhooks }: Described, { login }: OpenApi, routesOf: () => readonly Route[]): Hono {
  const routes = new Hono();
  let made: { readonly of: readonly unknown[]; readonly file: PageFile } | undefined;
  const documentNow = (): PageFile => {
    const of = [collections(), webhooks()] as const;
    // A reload puts others in force.
    if (made === undefined || of.some((one, index) => one !== made?.of[index])) {
      const text = jsonText(openApiDocument(routesOf(), { collections: of[0], webhooks: of[1], login }));
      made = { of, file: { bytes: Buffer.from(text), type: "application/json", etag: etagOfBytes(text) } };
    }
    return made.file;
  };
  routes.get("/openapi.json", ({ req }) => answer(req.raw, documentNow(), { "x-content-type-options": "nosniff" }));
  routes.get("/docs", ({ req }) => answer(req.raw, page, PAGE_HEADERS));
  routes.get("/docs/:file", async ({ req }) => {
    const file = await pageFile(req.param("file"));
    if (file === undefined) throw new HttpProblem(404, "ROUTE_UNKNOWN", `There is nothing at ${req.path}.`);
    return answer(req.raw, file, PAGE_HEADERS);
  });
  return routes;
}

/** It is kept by whoever asks, and asked for again: it is the same for everybody. */
function answer({ headers }: Request, { bytes, type, etag }: PageFile, more: Readonly<Record<string, string>>): Response {
  const kept = { ...more, etag, "cache-control": "public, no-cache" };
  const known = (headers.get("if-none-match") ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  if (known.includes(etag)) return new Response(null, { status: 304, headers: kept });
  return new Response(bytes, { headers: { ...kept, "content-type": type } });
}
