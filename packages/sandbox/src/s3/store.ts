/** One part of an upload. */
export interface Part {
  readonly bytes: Buffer;
  readonly md5: Buffer;
}

/** An upload in parts, so far. */
export interface Begun {
  readonly key: string;
  readonly headers: { readonly [name: string]: string };
  readonly parts: Map<number, Part>;
}

/** Uploads that have begun and are neither complete nor aborted, by id. */
export type Uploads = Map<string, Begun>;

/** An object as it is kept. */
export interface StoredObject {
  readonly bytes: Buffer;
  /** With its quotes, as S3 sends it. */
  readonly etag: string;
  readonly contentType: string;
  /** Headers that come back as they were given: metadata, checksums, Cache-Control and their like. */
  readonly headers: { readonly [name: string]: string };
  readonly modified: Date;
}

/** Buckets and what is in them. */
export interface ObjectStore {
  readonly uploads: Uploads;
  /** Undefined: there is no such bucket. */
  bucket(name: string): Map<string, StoredObject> | undefined;
  /** @returns false where it was there already. */
  create(name: string): boolean;
}

/** @param names Undefined: a bucket is made when it is first named. */
export function objectStore(names: readonly string[] | undefined): ObjectStore {
  const buckets = new Map<string, Map<string, StoredObject>>((names ?? []).map((name) => [name, new Map()]));
  const create = (name: string): boolean => {
    if (buckets.has(name)) return false;
    buckets.set(name, new Map());
    return true;
  };
  return {
    uploads: new Map(),
    create,
    bucket(name) {
      if (names === undefined) create(name);
      return buckets.get(name);
    },
  };
}
