/** The partition that says which stream is read, and whether its reading has begun everywhere. */
export const STREAM_PARTITION = "stream";

/**
 * Recorded before anything else of a stream, and again once every shard that it then had has a position. A crash in between leaves shards without
 * one: they begin where this says, and no other shard may be without.
 */
export interface Marker {
  readonly arn: string;
  readonly state: "latest" | "trim-horizon" | "started";
  /** When reading began. Epoch milliseconds. */
  readonly time: number;
}

/** Written `<state>@<time> <ARN>`. */
export function formatMarker({ arn, state, time }: Marker): string {
  return `${state}@${new Date(time).toISOString()} ${arn}`;
}

/** `undefined`: the text is not one. */
export function parseMarker(text: string): Marker | undefined {
  const [, state, written = "", arn] = /^(latest|trim-horizon|started)@(\S+) (\S+)$/.exec(text) ?? [];
  const time = Date.parse(written);
  if (state === undefined || arn === undefined || Number.isNaN(time)) return undefined;
  return { state: state as Marker["state"], time, arn };
}

/** `arn:aws:dynamodb:eu-central-1:111122223333:table/item/stream/2026-05-20T20:51:10.252` */
export interface StreamName {
  readonly region: string;
  /** The ARN of the table. */
  readonly table: string;
  readonly tableName: string;
  /** When the stream was made: of one table, the later is the greater. */
  readonly label: string;
}

/** `undefined`: the text is not the ARN of a stream. */
export function parseArn(arn: string): StreamName | undefined {
  const [, table, region, tableName, label] = /^(arn:[^:]+:dynamodb:([^:]*):[^:]*:table\/([^/]+))\/stream\/(.+)$/.exec(arn) ?? [];
  if (table === undefined || region === undefined || tableName === undefined || label === undefined) return undefined;
  return { table, region, tableName, label };
}
