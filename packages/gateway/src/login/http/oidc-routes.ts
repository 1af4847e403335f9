import { Hono } from "hono";
import { HttpProblem } from "../../http/problem.ts";
import type { Oidc } from "../oidc.ts";
import type { LoginContext } from "./context.ts";

/** `GET /v1/auth/login/{provider}`, and where its issuer sends browsers back to. */
export function oidcRoutes({ oidc, users, attempts, addressOf }: LoginContext): Hono {
  const routes = new Hono();
  const named = (name: string): Oidc => {
    const one = oidc.get(name);
    if (one === undefined) throw new HttpProblem(404, "PROVIDER_UNKNOWN", `Nobody logs in by ${JSON.stringify(name)} here.`);
    return one;
  };
  routes.get("/v1/auth/login/:provider", async (context) => {
    const { req } = context;
    const one = named(req.param("provider"));
    await attempts.take({ what: "oidc", account: undefined, address: addressOf(context) });
    const [redirectUri = "", codeChallenge = "", state] = ["redirectUri", "codeChallenge", "state"].map((name) => req.query(name));
    return away(await one.begin({ redirectUri, codeChallenge, state }));
  });
  routes.get("/v1/auth/callback/:provider", async ({ req }) => {
    const provider = req.param("provider");
    return away(await named(provider).comeBack(new URL(req.url), (subject, data) => users.withIdentity({ provider, subject }, data)));
  });
  return routes;
}

/** What stands in the address is not told to whom the page asks next. */
function away(location: string): Response {
  return new Response(null, { status: 302, headers: { location, "cache-control": "no-store", "referrer-policy": "no-referrer" } });
}
