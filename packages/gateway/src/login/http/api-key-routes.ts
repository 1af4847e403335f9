import { Hono } from "hono";
import { readObject } from "../../http/body.ts";
import { HttpProblem } from "../../http/problem.ts";
import { apiKeyRow, apiKeysOf, type ApiKeys } from "../api-keys.ts";
import { bearerOf } from "../authenticate.ts";
import { nothing, secretly, textField } from "./body.ts";
import type { LoginContext } from "./context.ts";

const LONGEST_NAME = 100;

/** `/v1/auth/apiKeys`: a user's own. Whoever logged in manages them; a key makes no other key, nor does a session that was begun by one. */
export function apiKeyRoutes({ database, tokens, sessions, forgetKeys, now }: LoginContext): Hono {
  const routes = new Hono();
  const keysOf = async (request: Request): Promise<ApiKeys> => {
    const { user, session } = await tokens.verifySession(bearerOf(request.headers));
    const { id, type } = user;
    if (typeof id !== "string" || type !== "normal") throw new HttpProblem(403, "NOT_PERMITTED", "Servers have no API keys of their own.");
    if (await sessions.isOfApiKey(session))
      throw new HttpProblem(403, "NOT_PERMITTED", "Who logged in by an API key manages none: log in otherwise.");
    return apiKeysOf(database, id, now);
  };
  routes.get("/v1/auth/apiKeys", async ({ req }) => secretly((await (await keysOf(req.raw)).list()).map(apiKeyRow)));
  routes.post("/v1/auth/apiKeys", async ({ req }) => {
    const keys = await keysOf(req.raw);
    const name = textField(await readObject(req.raw), "name");
    if (name.length > LONGEST_NAME) throw new HttpProblem(422, "NAME_TOO_LONG", `A name has at most ${LONGEST_NAME} characters.`);
    const made = await keys.create(name);
    return secretly({ ...apiKeyRow(made), key: made.key }, 201);
  });
  routes.delete("/v1/auth/apiKeys/:id", async ({ req }) => {
    await (await keysOf(req.raw)).remove(req.param("id"));
    forgetKeys();
    return nothing(204);
  });
  for (const disabled of [true, false])
    routes.put(`/v1/auth/apiKeys/:id/${disabled ? "disable" : "enable"}`, async ({ req }) => {
      await (await keysOf(req.raw)).setDisabled(req.param("id"), disabled);
      forgetKeys();
      return nothing(204);
    });
  return routes;
}
