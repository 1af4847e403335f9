import type { Outcome, Receipt } from "@backstitch/core/connector";
import type { Call } from "@backstitch/core/runtime";
import { rowFrom, type Row } from "@backstitch/core/values";
import { Hono } from "hono";
import { json } from "../http/answer.ts";
import { readObject } from "../http/body.ts";
import type { GatewayContext } from "../http/context.ts";
import { idempotencyKeyOf } from "../http/idempotency-key.ts";
import { HttpProblem } from "../http/problem.ts";

/** Does what a user asks of a service, where a guard lets them. */
export type CallService = (call: Call) => Promise<Outcome>;

/** Both look alike: whoever may not call a service is not told that there is one. */
const DENIED: ReadonlySet<string> = new Set(["SERVICE_UNKNOWN", "ACTION_UNKNOWN", "GUARD_DENIED"]);
/** Where nobody says how long to wait. */
const RETRY_AFTER_MS = 5_000;

/** `/v1/services/{service}/{action}`: what a user asks of a service. */
export function serviceRoutes({ asker, call }: Pick<GatewayContext, "asker" | "call">): Hono {
  const routes = new Hono();
  routes.post("/v1/services/:service/:action", async ({ req }) => {
    const { user } = await asker(req.raw);
    if (user === undefined) throw new HttpProblem(401, "NOT_LOGGED_IN", "Services are called by users who are logged in.");
    const { service, action } = req.param();
    const key = idempotencyKeyOf(req.header("idempotency-key"), { user });
    return answer(await call({ service, action, args: await readObject(req.raw), user, key }));
  });
  routes.all("/v1/services/:service/:action", () => {
    throw new HttpProblem(405, "METHOD_NOT_ALLOWED", "Here is POST.", { headers: { allow: "POST" } });
  });
  return routes;
}

function answer(outcome: Outcome): Response {
  if (outcome.kind === "accepted") return json({ receipt: receiptRow(outcome.receipt) });
  throw problemOf(outcome);
}

function receiptRow(receipt: Receipt): Row {
  return rowFrom(Object.entries(receipt).flatMap(([name, fact]) => (fact === undefined ? [] : [[name, fact] as const])));
}

function problemOf({ kind, code, reason, retryAfterMs = RETRY_AFTER_MS }: Exclude<Outcome, { readonly kind: "accepted" }>): HttpProblem {
  const retry = { headers: { "retry-after": String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) } };
  switch (kind) {
    case "rejected":
      // Names of guards, and what they test, are for those who wrote them.
      if (DENIED.has(code)) return new HttpProblem(403, "CALL_DENIED", "There is no such service and action that you may call so.");
      return new HttpProblem(422, code, reason);
    case "throttled":
      return new HttpProblem(429, code, reason, retry);
    case "unavailable":
      return new HttpProblem(503, code, reason, retry);
    case "locked-out":
      return new HttpProblem(503, "SERVICE_LOCKED_OUT", "The service cannot be used until somebody mends its account.", retry);
    case "uncertain":
      return new HttpProblem(502, "CALL_UNCERTAIN", "It may have been done, and nobody can tell.", { more: { cause: code } });
  }
}
