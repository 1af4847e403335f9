import { Hono } from "hono";
import { cors } from "hono/cors";
import { collectionRoutes } from "../collections/routes.ts";
import { liveRoutes } from "../live/routes.ts";
import { openApiRoutes } from "../openapi/routes.ts";
import { serviceRoutes } from "../services/routes.ts";
import { webhookRoutes } from "../webhooks/routes.ts";
import { dataApiRoutes } from "../data-api/routes.ts";
import type { GatewayContext } from "./context.ts";
import { HttpProblem, problemResponse } from "./problem.ts";

/** All routes. @param failed Told of what is not the asker's to mend. */
export function createApp(context: GatewayContext, failed: (error: unknown) => void): Hono {
  const app = new Hono();
  if (context.origins.length > 0) app.use(cors(pagesOf(context.origins)));
  app.route("/", webhookRoutes(context));
  if (context.login !== undefined) app.route("/", context.login);
  app.route("/", serviceRoutes(context));
  app.route("/", liveRoutes(context));
  app.route("/", collectionRoutes(context));
  app.route("/", dataApiRoutes(context));
  if (context.openapi !== undefined)
    app.route(
      "/",
      openApiRoutes(context, context.openapi, () => app.routes),
    );
  app.notFound(({ req }) => problemResponse(new HttpProblem(404, "ROUTE_UNKNOWN", `There is nothing at ${req.path}.`)));
  app.onError((error) => {
    if (error instanceof HttpProblem) return problemResponse(error);
    failed(error);
    return problemResponse(new HttpProblem(500, "INTERNAL", "Something went wrong here; it was written down."));
  });
  return app;
}

/** Who asks is told by headers and never by a cookie: a browser adds nothing of its own. */
function pagesOf(origins: readonly string[]): Parameters<typeof cors>[0] {
  return {
    origin: (origin) => (origins.includes(origin) ? origin : null),
    allowMethods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    allowHeaders: [
      "Authorization",
      "Content-Type",
      "If-Match",
      "If-None-Match",
      "Idempotency-Key",
      "Last-Event-ID",
      "X-Api-Key",
      "apiKey",
      "email",
      "password",
      "jwtTokenString",
    ],
    exposeHeaders: ["ETag", "Link", "Location", "Retry-After"],
    maxAge: 600,
  };
}
