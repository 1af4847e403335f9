import type { Row } from "@backstitch/core/values";
import { readable, type Asker } from "@backstitch/rules/roles";
import { HttpProblem } from "../http/problem.ts";
import type { Queries } from "../postgres/database.ts";
import type { Collection } from "./collection.ts";
import { storedByKey } from "./stored.ts";

/** The document with a key, as far as the asker may read it. @throws HttpProblem 404 where there is none that they may read: both look alike. */
export async function readByKey(queries: Queries, collection: Collection, key: readonly string[], asker: Asker): Promise<Row> {
  const stored = await storedByKey(queries, { collection, key });
  const document = stored && readable(collection.rules, asker, stored);
  if (document === undefined) throw notFound(collection, key);
  return document;
}

export function notFound({ rules }: Collection, key: readonly string[]): HttpProblem {
  return new HttpProblem(
    404,
    "DOCUMENT_UNKNOWN",
    `There is no document ${JSON.stringify(key.join(","))} in "${rules.name}" that you may read.`,
  );
}
