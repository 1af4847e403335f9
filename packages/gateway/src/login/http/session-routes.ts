import { rowFrom, type Row, type Value } from "@backstitch/core/values";
import { Hono } from "hono";
import { readObject } from "../../http/body.ts";
import { HttpProblem } from "../../http/problem.ts";
import { bearerOf } from "../authenticate.ts";
import type { Session } from "../sessions.ts";
import { sessionOver } from "../sessions.ts";
import { ACCESS_MS } from "../signing-keys.ts";
import { nothing, secretly } from "./body.ts";
import type { LoginContext } from "./context.ts";

/** `/v1/auth/login/{provider}`, `session`, `sessions` and `profile`; and the keys that tokens are verified by. */
export function sessionRoutes(login: LoginContext): Hono {
  const { sessions, tokens, keys, providers, addressOf } = login;
  const routes = new Hono();
  routes.post("/v1/auth/login/:provider", async (context) => {
    const name = context.req.param("provider");
    const provider = providers.get(name);
    if (provider === undefined) throw new HttpProblem(404, "PROVIDER_UNKNOWN", `Nobody logs in by ${JSON.stringify(name)} here.`);
    const { userId, apiKey } = await provider(await readObject(context.req.raw), addressOf(context));
    return secretly(await begun(login, userId, apiKey));
  });
  routes.post("/v1/auth/session", async ({ req }) => secretly(await answerOf(login, await sessions.refresh(bearerOf(req.raw.headers)))));
  routes.delete("/v1/auth/session", async ({ req }) => {
    await sessions.end(bearerOf(req.raw.headers));
    return nothing(204);
  });
  routes.delete("/v1/auth/sessions", async ({ req }) => {
    const { id } = await tokens.verify(bearerOf(req.raw.headers));
    await sessions.endAll(typeof id === "string" ? id : "");
    return nothing(204);
  });
  routes.get("/v1/auth/profile", async ({ req }) => secretly(await tokens.verify(bearerOf(req.raw.headers))));
  routes.get("/.well-known/jwks.json", () => {
    const published = keys.published().map((key) => rowFrom(Object.entries(key) as [string, Value][]));
    const headers = { "content-type": "application/jwk-set+json", "cache-control": "public, max-age=60" };
    return new Response(JSON.stringify({ keys: published }), { headers });
  });
  return routes;
}

async function begun(login: LoginContext, userId: string, apiKey: string | undefined): Promise<Row> {
  return answerOf(login, await login.sessions.begin(userId, apiKey));
}

/** User data are read anew with each access token. */
async function answerOf({ users, tokens, sessions }: LoginContext, session: Session): Promise<Row> {
  const { id, userId, refreshToken } = session;
  const user = await users.read(userId);
  if (user === undefined) {
    await sessions.end(refreshToken);
    throw sessionOver();
  }
  return { accessToken: await tokens.issue(user, id), refreshToken, userId, expiresIn: ACCESS_MS / 1000 };
}
