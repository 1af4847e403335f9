import type { Peer } from "@backstitch/core/testing";
import { startPeer, type PeerAnswer, type Vendor } from "@backstitch/sandbox";

/** A stand-in for Slack: takes messages, and misbehaves when told. */
export function slackPeer(): Promise<Peer> {
  return startPeer(vendor);
}

const vendor: Vendor = {
  handle({ method, headers, body }) {
    const { text } = JSON.parse(body.toString("utf8")) as { readonly text?: unknown };
    if (method !== "POST" || headers["content-type"] !== "application/json") return says(400, "invalid_payload");
    if (typeof text !== "string" || text === "") return says(400, "no_text");
    return { ...says(200, "ok"), received: { operation: "post", fields: { text } } };
  },
  throttled: () => says(429, "rate_limited"),
  failed: (_request, status) => says(status, "rollup_error"),
  refused: () => says(403, "invalid_token"),
};

function says(status: number, body: string): PeerAnswer {
  return { status, headers: { "content-type": "text/html" }, body };
}
