import { isList, isRow, jsonText, type Row } from "@backstitch/core/values";
import type { Query } from "@backstitch/rules/roles";
import { queryOf } from "../collections/parameters.ts";
import { DataApiError } from "./error.ts";
import { plain } from "./extended-json.ts";

/** The body of a call, read. */
export class DataApiRequest {
  private readonly body: Row;

  constructor(body: Row) {
    this.body = body;
  }

  /** What it calls the collection. */
  get collection(): string {
    const name = this.body["collection"];
    if (typeof name === "string") return name;
    throw new DataApiError(400, "MissingParameter", 'The body needs "collection": a name.');
  }

  get filter(): Query | undefined {
    const filter = this.object("filter", false);
    return filter === undefined || Object.keys(filter).length === 0 ? undefined : queryOf(jsonText(filter));
  }

  /** @throws DataApiError where it is needed and missing, or no object */
  object(name: string, isNeeded: false): Row | undefined;
  object(name: string, isNeeded?: true): Row;
  object(name: string, isNeeded = true): Row | undefined {
    const value = this.body[name];
    if (isRow(value)) return value;
    if (value === undefined && !isNeeded) return undefined;
    throw new DataApiError(
      400,
      value === undefined ? "MissingParameter" : "InvalidParameter",
      `${JSON.stringify(name)} must be an object.`,
    );
  }

  /** A document that is to be stored: extended JSON is read. */
  document(name: string): Row {
    return plain(this.object(name)) as Row;
  }

  /** The filter as a document: what it says of single fields is read. */
  get filterDocument(): Row {
    return plain(this.object("filter", false) ?? {}) as Row;
  }

  documents(): readonly Row[] {
    const value = this.body["documents"];
    if (isList(value) && value.length > 0 && value.every(isRow)) return value.map((one) => plain(one) as Row);
    throw new DataApiError(400, "InvalidParameter", '"documents" must be a list of objects.');
  }

  list(name: string): readonly Row[] {
    const value = this.body[name];
    if (isList(value) && value.every(isRow)) return value;
    throw new DataApiError(400, "InvalidParameter", `${JSON.stringify(name)} must be a list of objects.`);
  }

  /** The same of other parameters. */
  with(body: Row): DataApiRequest {
    return new DataApiRequest(body);
  }

  number(name: string): number | undefined {
    const value = plain(this.body[name] ?? null);
    if (value === null) return undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
    throw new DataApiError(400, "InvalidParameter", `${JSON.stringify(name)} must be a whole number from 0 on.`);
  }

  get upsert(): boolean {
    return this.body["upsert"] === true;
  }

  /** As an address of this gateway has it: `-made,price`. */
  get sort(): string | undefined {
    const sort = this.object("sort", false);
    if (sort === undefined) return undefined;
    return Object.entries(sort)
      .map(([field, direction]) => {
        const way = plain(direction);
        if (way === 1 || way === -1) return way === 1 ? field : `-${field}`;
        throw new DataApiError(400, "InvalidParameter", `"sort" gives each field 1 or -1, and ${JSON.stringify(field)} neither.`);
      })
      .join(",");
  }
}
