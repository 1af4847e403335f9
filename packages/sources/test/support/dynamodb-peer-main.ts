/** Stand-ins in a process of their own, so that the rows that they keep are not this one's memory. Told by messages what to do; answers each. */
import type { DynamoDbStreamsPeer } from "@backstitch/sandbox";
import type { SourceChange } from "@backstitch/core/testing";
import { openPeer, writeTo } from "./dynamodb-peer.ts";

/** To open a new one, which is told the rest until it is closed. */
export type PeerOrder = "open" | { readonly write: readonly SourceChange[] } | "trim" | "close";

let peer: DynamoDbStreamsPeer | undefined;
process.on("message", (order: PeerOrder) => void perform(order).then((url) => process.send?.(url)));
process.send?.("ready");

async function perform(order: PeerOrder): Promise<string> {
  if (order === "open") peer = await openPeer();
  else if (order === "trim") for (const shard of peer?.openShards() ?? []) peer?.trim(shard);
  else if (order === "close") await peer?.close();
  else for (const change of order.write) if (peer !== undefined) writeTo(peer, change);
  return peer?.url ?? "";
}
