/**
 * How far one shard was read. `time` (epoch milliseconds): nothing that follows was made before it, as far as is known. By it is told
 * whether a shard that was never read can still be read whole.
 */
export type Place =
  /** Nothing was read. `skips`: what is older than `time` is passed over, since reading began there. */
  | { readonly kind: "begin"; readonly time: number; readonly skips: boolean }
  | { readonly kind: "after"; readonly time: number; readonly sequence: string }
  /** The shard is closed, and was read to its end. */
  | { readonly kind: "end"; readonly time: number };

/** Written `begin@<time>`, `since@<time>` (which skips), `after:<sequence number>@<time>` or `end@<time>`. */
export function formatPlace(place: Place): string {
  return `${nameOf(place)}@${new Date(place.time).toISOString()}`;
}

function nameOf(place: Place): string {
  switch (place.kind) {
    case "begin":
      return place.skips ? "since" : "begin";
    case "after":
      return `after:${place.sequence}`;
    case "end":
      return "end";
  }
}

/** `undefined`: the text is not a place in a shard. */
export function parsePlace(text: string): Place | undefined {
  const [, name, sequence, written = ""] = /^(begin|since|end|after:(\d{1,40}))@(.+)$/.exec(text) ?? [];
  const time = Date.parse(written);
  if (name === undefined || Number.isNaN(time)) return undefined;
  if (sequence !== undefined) return { kind: "after", time, sequence };
  return name === "end" ? { kind: "end", time } : { kind: "begin", time, skips: name === "since" };
}
