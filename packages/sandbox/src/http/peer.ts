import type { Peer } from "@backstitch/core/testing";
import { startPeer, type PeerAnswer, type PeerOptions, type PeerRequest, type Vendor } from "../server.ts";

/** A plain HTTP sink: takes every request with 200, whatever its method and path. */
export function httpPeer(options?: PeerOptions): Promise<Peer> {
  return startPeer(sink, options);
}

const sink: Vendor = {
  handle: (request) => ({
    ...json(200, { taken: true }),
    received: { operation: `${request.method} ${elsewhere(request)}${request.path}`, fields: fieldsOf(request) },
  }),
  throttled: () => json(429, { error: "too many requests" }),
  failed: (_request, status) => json(status, { error: "out of order" }),
  refused: () => json(401, { error: "who are you?" }),
};

/** The host that a stand-in is asked for in place of. */
function elsewhere({ headers: { host = "" } }: PeerRequest): string {
  return /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/.test(host) ? "" : `//${host}`;
}

function fieldsOf(request: PeerRequest): { readonly method: string; readonly path: string; readonly query: string; readonly body: string } {
  return { method: request.method, path: request.path, query: request.query.toString(), body: request.body.toString("utf8") };
}

function json(status: number, body: object): PeerAnswer {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
