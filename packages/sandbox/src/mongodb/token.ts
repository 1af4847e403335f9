import { EJSON, type Document } from "bson";

/** A moment of the cluster: seconds since 1970, and which of that second. */
export interface ClusterTime {
  readonly t: number;
  readonly i: number;
}

/** How far a stream was read: which moment, and how much of what happened then. */
export interface Place extends ClusterTime {
  /** The fragment that was read last, or one of the marks below. */
  readonly part: number;
}

/** Past the event itself, past the invalidation that follows some, and past all of that moment. */
export const EVENT = 1_000;
export const INVALIDATION = 2_000;
export const ALL = 3_000;

/** Negative where the left place comes first. */
export function comparePlaces(left: Place, right: Place): number {
  return compareTimes(left, right) || left.part - right.part;
}

/** Negative where the left time comes first. */
export function compareTimes(left: ClusterTime, right: ClusterTime): number {
  return left.t - right.t || left.i - right.i;
}

/**
 * A resume token as servers write it: hexadecimal, beginning with the type of a timestamp and the timestamp; then whether it is an invalidation's, and what was changed.
 * What comes after that is only alike: nobody but the server reads it.
 */
export function writeToken(place: Place, about: { readonly uuid: string; readonly key: Document } | undefined): Document {
  const time = `82${hex(place.t)}${hex(place.i)}`;
  if (about === undefined) return { _data: `${time}2B0429296E1404` };
  const invalidates = place.part === INVALIDATION ? "296F" : "296E";
  const fragment = place.part < EVENT ? `2C${hex(place.part)}` : "";
  return { _data: `${time}2B042C0100${invalidates}5A1004${about.uuid}46${keyText(about.key)}04${fragment}` };
}

/** Undefined: that is no token. */
export function readToken(token: unknown): Place | undefined {
  const data = (token as { readonly _data?: unknown } | null)?._data;
  const match = /^82([0-9A-F]{8})([0-9A-F]{8})2B04(.*)$/.exec(typeof data === "string" ? data : "");
  if (match === null) return undefined;
  const [, t = "", i = "", rest = ""] = match;
  const time = { t: parseInt(t, 16), i: parseInt(i, 16) };
  if (rest === "29296E1404") return { ...time, part: ALL };
  const fragment = /042C([0-9A-F]{8})$/.exec(rest)?.[1];
  if (fragment !== undefined) return { ...time, part: parseInt(fragment, 16) };
  return { ...time, part: rest.startsWith("2C0100296F") ? INVALIDATION : EVENT };
}

function keyText(key: Document): string {
  return Buffer.from(EJSON.stringify(key, { relaxed: false }))
    .toString("hex")
    .toUpperCase();
}

function hex(number: number): string {
  return number.toString(16).toUpperCase().padStart(8, "0");
}
