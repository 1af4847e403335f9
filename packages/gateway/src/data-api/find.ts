import type { Row } from "@backstitch/core/values";
import type { Asker, Query } from "@backstitch/rules/roles";
import type { Collection } from "../collections/collection.ts";
import type { Position } from "../collections/cursor.ts";
import { list, type Page } from "../collections/list.ts";
import { createRoom } from "../collections/room.ts";
import { sortOf } from "../collections/sort.ts";
import type { Queries } from "../postgres/database.ts";
import { DataApiError } from "./error.ts";

/** As many as the Data API gave at most. */
export const MOST_FOUND = 50_000;
/** As many documents are changed or deleted by one call. */
export const MOST_WRITTEN = 1_000;
const PAGE = 1_000;

export interface Find {
  readonly query: Query | undefined;
  readonly sort: string | undefined;
  readonly skip: number;
  readonly limit: number;
}

/**
 * What the asker may read and asks for.
 * @param projected What of a document is answered.
 * @throws DataApiError where too much would have to be skipped, or answered
 */
export async function find(found: AsyncIterable<Found>, projected: (document: Row) => Row): Promise<readonly Row[]> {
  const documents: Row[] = [];
  const hasRoom = createRoom();
  for await (const page of found) {
    for (const document of page.documents.map(projected)) {
      if (!hasRoom(document)) throw new DataApiError(413, "ReadSizeLimitExceeded", TOO_LARGE);
      documents.push(document);
    }
  }
  return documents;
}

const TOO_LARGE =
  "The documents that were found have more than 16 MiB together: narrow the filter, lower the limit, or leave fields out by a projection.";

/** Their keys alone. @throws DataApiError where too much would have to be skipped */
export async function findKeys(found: AsyncIterable<Found>): Promise<readonly (readonly string[])[]> {
  const keys: (readonly string[])[] = [];
  for await (const page of found) keys.push(...page.keys);
  return keys;
}

type Found = Pick<Page, "documents" | "keys">;

/** Page by page. */
export async function* pagesOf(
  queries: Queries,
  collection: Collection,
  asker: Asker,
  { query, skip, limit, ...asked }: Find,
): AsyncGenerator<Found> {
  if (skip > MOST_FOUND) throw new DataApiError(400, "InvalidParameter", `At most ${MOST_FOUND} documents can be skipped.`);
  const sort = sortOf(asked.sort, collection, asker);
  let from: Position | undefined;
  let passed = 0;
  do {
    const page: Page = await list(queries, collection, asker, { query, sort, from, limit: Math.min(PAGE, skip + limit - passed) });
    const skipped = Math.max(0, skip - passed);
    yield { documents: page.documents.slice(skipped), keys: page.keys.slice(skipped) };
    passed += page.keys.length;
    from = page.next;
  } while (from !== undefined && passed < skip + limit);
}
