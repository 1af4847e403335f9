import { Hono } from "hono";
import { collectionRoutes } from "../collections/routes.ts";
import type { GatewayContext } from "./context.ts";
import { HttpProblem, problemResponse } from "./problem.ts";

/** All routes. @param failed Told of what is not the asker's to mend. */
export function createApp(context: GatewayContext, failed: (error: unknown) => void): Hono {
  const app = new Hono();
  app.route("/", collectionRoutes(context));
  app.notFound(({ req }) => problemResponse(new HttpProblem(404, "ROUTE_UNKNOWN", `There is nothing at ${req.path}.`)));
  app.onError((error) => {
    if (error instanceof HttpProblem) return problemResponse(error);
    failed(error);
    return problemResponse(new HttpProblem(500, "INTERNAL", "Something went wrong here; it was written down."));
  });
  return app;
}
