import { literal } from "../sql.ts";

/** A message that a program wrote into the log for a source's reader, in a transaction of its own. */
export interface LogMessage {
  readonly prefix: MessagePrefix;
  readonly text: string;
}

export const MESSAGE_PREFIXES = ["backstitch-snapshot", "backstitch-backfill"] as const;
export type MessagePrefix = (typeof MESSAGE_PREFIXES)[number];

export function emitting(prefix: MessagePrefix, text: string): string {
  return `SELECT pg_logical_emit_message(true, ${literal(prefix)}, ${literal(text)})`;
}

/** What `backstitch backfill` asks of whoever reads the slot. */
export interface BackfillRequest {
  readonly slot: string;
  readonly id: string;
  readonly collections: readonly string[];
}

/** `undefined`: it is for another reader, or somebody else wrote it. */
export function parseRequest(text: string, slot: string): BackfillRequest | undefined {
  try {
    const request = JSON.parse(text) as Partial<BackfillRequest> | null;
    const { id, collections } = request ?? {};
    if (request?.slot !== slot || typeof id !== "string" || !/^[\w.:-]+$/.test(id) || !Array.isArray(collections)) return undefined;
    return { slot, id, collections: collections.filter((one) => typeof one === "string" && one !== "") };
  } catch {
    return undefined;
  }
}
