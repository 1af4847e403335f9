import type { Row } from "@backstitch/core/values";
import type { Asker, Query } from "@backstitch/rules/roles";
import { fieldsOf, type Collection } from "../collections/collection.ts";
import type { Position } from "../collections/cursor.ts";
import { list } from "../collections/list.ts";
import { sortOf } from "../collections/sort.ts";
import { rightsOf } from "../collections/visible.ts";
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

export interface Found {
  readonly documents: readonly Row[];
  readonly keys: readonly (readonly string[])[];
}

/** What the asker may read and asks for, page by page. @throws DataApiError where too much would have to be skipped */
export async function find(queries: Queries, collection: Collection, asker: Asker, { query, skip, limit, ...asked }: Find): Promise<Found> {
  if (skip > MOST_FOUND) throw new DataApiError(400, "InvalidParameter", `At most ${MOST_FOUND} documents can be skipped.`);
  const { canAlwaysRead } = rightsOf(collection.rules, asker, fieldsOf(collection));
  const sort = sortOf(asked.sort, collection, canAlwaysRead);
  const found = { documents: [] as Row[], keys: [] as (readonly string[])[] };
  let from: Position | undefined;
  do {
    const page = await list(queries, collection, asker, { query, sort, from, limit: Math.min(PAGE, skip + limit - found.keys.length) });
    found.documents.push(...page.documents);
    found.keys.push(...page.keys);
    from = page.next;
  } while (from !== undefined && found.keys.length < skip + limit);
  return { documents: found.documents.slice(skip), keys: found.keys.slice(skip) };
}
