import { Hono, type Context } from "hono";
import { named } from "../collections/routes.ts";
import { json } from "../http/answer.ts";
import { readObject } from "../http/body.ts";
import type { GatewayContext } from "../http/context.ts";
import { HttpProblem } from "../http/problem.ts";
import { ACTIONS } from "./actions.ts";
import { DataApiError, dataApiResponse } from "./error.ts";
import { extended } from "./extended-json.ts";
import { DataApiRequest } from "./request.ts";

/** Where clients of the Data API call: below the address that they have, and alone. */
const PATHS = ["/app/:app/endpoint/data/:version/action/:action", "/action/:action"];

/** The Atlas Data API's calls, over the same collections and under the same rules. */
export function dataApiRoutes(context: GatewayContext): Hono {
  const routes = new Hono();
  for (const path of PATHS) {
    routes.post(path, async (asked) => {
      const answer = await call(context, asked, asked.req.param("action") ?? "").catch((error: unknown) => {
        const told = dataApiResponse(error);
        if (told === undefined) throw error;
        return told;
      });
      return answer;
    });
  }
  return routes;
}

async function call(context: GatewayContext, asked: Context, name: string): Promise<Response> {
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action === undefined)
    throw new DataApiError(
      404,
      "InvalidParameter",
      `There is no action ${JSON.stringify(name)}; there are ${Object.keys(ACTIONS).join(", ")}.`,
    );
  const asker = await context.caller(asked);
  const request = asked.req.raw;
  const body = new DataApiRequest(await readObject(request));
  const { database, validate } = context;
  const result = await action({ database, validate, asker, collection: collectionOf(context, body) }, body);
  const isExtended = /^application\/ejson\b/.test(request.headers.get("accept") ?? "");
  return isExtended ? json(extended(result), 200, { "content-type": "application/ejson" }) : json(result);
}

/** What is called so. `dataSource` and `database` name where collections lie elsewhere: here there is one place. */
function collectionOf(context: GatewayContext, body: DataApiRequest): ReturnType<typeof named> {
  try {
    return named(context, body.collection);
  } catch (error) {
    throw error instanceof HttpProblem ? new DataApiError(404, "InvalidParameter", error.message) : error;
  }
}
