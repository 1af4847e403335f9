/** An object that a listing named. */
export interface Listed {
  readonly key: string;
  readonly etag: string;
  /** Epoch milliseconds, by S3's clock. */
  readonly modifiedAt: number;
}

/** What is known of objects that records were appended to. */
export interface Appended {
  readonly listings: Map<string, { readonly at: number; readonly objects: Promise<readonly Listed[] | undefined> }>;
  /** The ids in an object, by its ETag and key. */
  readonly ids: Map<string, Promise<ReadonlySet<string>>>;
}

export function emptyAppended(): Appended {
  return { listings: new Map(), ids: new Map() };
}
