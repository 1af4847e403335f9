import type { Shard } from "./client.ts";
import type { Place } from "./place.ts";

export interface Lineage {
  /** What can be read now, and from where. */
  readonly ready: readonly { readonly shard: string; readonly place: Place }[];
  /** Shards whose ancestors are gone though they were never read: what these had is lost. */
  readonly orphans: readonly string[];
  /** A shard was read to its end and those that follow it are not listed yet. */
  readonly expecting: boolean;
}

/** What a shard's parent had is older than anything that it has: it waits until the parent was read to its end. */
export function lineageOf(shards: readonly Shard[], places: ReadonlyMap<string, Place>, now: number): Lineage {
  const listed = new Set(shards.map(({ id }) => id));
  const parents = new Set(shards.map(({ parent }) => parent));
  const ready: { shard: string; place: Place }[] = [];
  const orphans: string[] = [];
  for (const { id, parent } of shards) {
    const start = startOf(places.get(id), parent, { listed, places, now });
    if (start === "orphan") orphans.push(id);
    else if (start !== "waits" && start.kind !== "end") ready.push({ shard: id, place: start });
  }
  for (const [shard, place] of places) if (!listed.has(shard) && place.kind !== "end") ready.push({ shard, place });
  const expecting = shards.some(({ id }) => places.get(id)?.kind === "end" && !parents.has(id));
  return { ready, orphans, expecting };
}

interface Known {
  readonly listed: ReadonlySet<string>;
  readonly places: ReadonlyMap<string, Place>;
  readonly now: number;
}

function startOf(own: Place | undefined, parent: string | undefined, { listed, places, now }: Known): Place | "waits" | "orphan" {
  if (parent === undefined) return own ?? { kind: "begin", time: now, skips: false };
  const before = places.get(parent);
  const waits = before === undefined ? listed.has(parent) : before.kind !== "end";
  if (own?.kind === "end") return own;
  if (waits) return "waits";
  if (own !== undefined) return own;
  return before === undefined ? "orphan" : { kind: "begin", time: before.time, skips: false };
}
