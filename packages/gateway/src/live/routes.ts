import { isList, isRow, type Row, type Value } from "@backstitch/core/values";
import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { queryOf } from "../collections/parameters.ts";
import { named } from "../collections/routes.ts";
import { userIdOf } from "../http/asker.ts";
import type { GatewayContext } from "../http/context.ts";
import { HttpProblem } from "../http/problem.ts";
import { cursorOf, streamOf } from "./stream.ts";
import type { Follower } from "./told.ts";

const HEADERS = { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" };

/** `/v1/{collection}/changes`. */
export function liveRoutes(context: GatewayContext): Hono {
  const routes = new Hono();
  const places = createPlaces(context.live);
  routes.get("/v1/:collection/changes", async ({ req, env }, next) => {
    const name = req.param("collection");
    // Elsewhere it is a key.
    if (context.collections().get(name)?.rules.live !== true) return next();
    if (req.method === "HEAD") return new Response(null, { headers: HEADERS });
    const request = new Request(req.url, { headers: req.raw.headers });
    const follower = followerOf(context, name, request);
    const first = await follower();
    const leave = places.take(first?.asker.user);
    const lastId = request.headers.get("last-event-id");
    const body = streamOf({
      hub: context.live.hub,
      follower,
      isInForce: ({ collection }) => context.collections().get(name) === collection,
      from: lastId === null ? undefined : cursorOf(lastId),
      heartbeatMs: context.live.heartbeatMs,
      cutOff: () => (env as Partial<HttpBindings> | undefined)?.outgoing?.destroy(),
      ended: leave,
    });
    return new Response(body, { headers: HEADERS });
  });
  return routes;
}

function followerOf(context: GatewayContext, name: string, request: Request): () => Promise<Follower | undefined> {
  const filter = filterOf(new URL(request.url).searchParams);
  const query = filter === undefined ? undefined : queryOf(filter);
  return async () => {
    const asker = await context.asker(request);
    const collection = named(context, name);
    return collection.rules.live ? { collection, asker, query } : undefined;
  };
}

function filterOf(given: URLSearchParams): string | undefined {
  const unknown = [...given.keys()].find((name) => name !== "filter");
  if (unknown !== undefined)
    throw new HttpProblem(400, "PARAMETER_UNKNOWN", `There is no parameter ${JSON.stringify(unknown.slice(0, 100))}; there is "filter".`);
  const [filter, ...more] = given.getAll("filter");
  if (more.length > 0) throw new HttpProblem(400, "PARAMETER_REPEATED", 'The parameter "filter" is given more than once.');
  return filter;
}

/** Streams are held open: there are so many, and so many of one user; of those who can be anybody only a part. */
function createPlaces({ streams, streamsOfOne }: GatewayContext["live"]): { take(user: Row | undefined): () => void } {
  const ofUsers = new Map<string, number>();
  const mostOfUnknown = Math.ceil(streams / 2);
  let ofUnknown = 0;
  let taken = 0;
  return {
    take(user) {
      const id = userIdOf(user);
      const ofOne = id === undefined ? 0 : (ofUsers.get(id) ?? 0);
      const unknown = isKnown(user) ? 0 : 1;
      if (ofOne >= streamsOfOne) throw full(429, `You follow ${ofOne} collections already; end one of the streams.`);
      if (taken >= streams) throw full(503, `${taken} streams are open, and no more can be.`);
      if (unknown > 0 && ofUnknown >= mostOfUnknown)
        throw full(503, `${ofUnknown} streams are open of those who have not logged in, or are anonymous, and no more can be. Log in.`);
      taken += 1;
      ofUnknown += unknown;
      if (id !== undefined) ofUsers.set(id, ofOne + 1);
      return () => {
        taken -= 1;
        ofUnknown -= unknown;
        const left = id === undefined ? 0 : (ofUsers.get(id) ?? 1) - 1;
        if (id !== undefined && left > 0) ofUsers.set(id, left);
        else if (id !== undefined) ofUsers.delete(id);
      };
    },
  };
}

/** Whoever has not logged in, or by nothing but the wish to, can be as many as they like. */
function isKnown(user: Row | undefined): boolean {
  if (userIdOf(user) === undefined) return false;
  const identities = user?.["identities"];
  const isAnonymous = (one: Value): boolean => isRow(one) && one["providerType"] === "anonymous";
  return !isList(identities) || identities.length === 0 || !identities.every(isAnonymous);
}

function full(status: 429 | 503, why: string): HttpProblem {
  return new HttpProblem(status, "TOO_MANY_STREAMS", why, { headers: { "retry-after": "30" } });
}
