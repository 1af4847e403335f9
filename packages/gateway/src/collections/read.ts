import type { Row } from "@backstitch/core/values";
import { readable, type Asker } from "@backstitch/rules/roles";
import { HttpProblem } from "../http/problem.ts";
import type { Queries } from "../postgres/database.ts";
import { documentOf, type Collection } from "./collection.ts";

/** The document with a key, as far as the asker may read it. @throws HttpProblem 404 where there is none that they may read: both look alike. */
export async function readByKey(queries: Queries, collection: Collection, key: readonly string[], asker: Asker): Promise<Row> {
  const stored = await storedByKey(queries, collection, key);
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

/** The whole document, whoever may read it. */
async function storedByKey(queries: Queries, collection: Collection, key: readonly string[]): Promise<Row | undefined> {
  const { table, selected } = collection;
  if (key.length !== table.key.length) return undefined;
  const where = table.key.map(({ sql, declared }, index) => `${sql} = $${index + 1}::${declared}`).join(" AND ");
  try {
    const [row] = await queries.query(`SELECT ${selected} FROM ${table.sql} WHERE ${where}`, key);
    return row && documentOf(collection, row);
  } catch (error) {
    // No key is like that.
    if (error instanceof HttpProblem && error.code === "VALUE_INVALID") return undefined;
    throw error;
  }
}
