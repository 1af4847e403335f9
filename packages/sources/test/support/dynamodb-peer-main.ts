/** The stand-in in a process of its own, so that the rows that it keeps are not this one's memory. Told by messages what to do; answers each. */
import type { SourceChange } from "@backstitch/core/testing";
import { openPeer, writeTo } from "./dynamodb-peer.ts";

export type PeerOrder = { readonly write: readonly SourceChange[] } | "trim";

const peer = await openPeer();
process.on("message", (order: PeerOrder) => {
  if (order === "trim") for (const shard of peer.openShards()) peer.trim(shard);
  else for (const change of order.write) writeTo(peer, change);
  process.send?.("done");
});
process.send?.(peer.url);
