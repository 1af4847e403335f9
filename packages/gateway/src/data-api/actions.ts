import { rowFrom, type Row, type Value } from "@backstitch/core/values";
import type { Revision } from "../collections/changes.ts";
import { insertAll, removeAll, replacing, reviseAll, type Writing } from "../collections/write.ts";
import { DataApiError } from "./error.ts";
import { find, findKeys, MOST_FOUND, MOST_WRITTEN, pagesOf } from "./find.ts";
import { projection } from "./projection.ts";
import type { DataApiRequest } from "./request.ts";
import { revised, updateOf } from "./revise.ts";

type Action = (writing: Writing, request: DataApiRequest) => Promise<Row>;

/** What the Data API could do, by its names. https://www.mongodb.com/docs/atlas/app-services/data-api/ (as it was until 2025) */
export const ACTIONS: Readonly<Record<string, Action>> = {
  async findOne(writing, request) {
    const [document] = await find(matching(writing, request, 1), projectionOf(writing, request));
    return { document: document ?? null };
  },
  async find(writing, request) {
    const limit = Math.min(request.number("limit") ?? MOST_FOUND, MOST_FOUND);
    return { documents: await find(matching(writing, request, limit === 0 ? MOST_FOUND : limit), projectionOf(writing, request)) };
  },
  async insertOne(writing, request) {
    const [written] = await insertAll(writing, [request.document("document")]);
    return { insertedId: idOf(written?.key ?? []) };
  },
  async insertMany(writing, request) {
    const documents = request.documents();
    if (documents.length > MOST_WRITTEN) throw tooMany();
    return { insertedIds: (await insertAll(writing, documents)).map(({ key }) => idOf(key)) };
  },
  updateOne: (writing, request) => update(writing, request, 1),
  updateMany: (writing, request) => update(writing, request, MOST_WRITTEN),
  async replaceOne(writing, request) {
    const replacement = request.document("replacement");
    return write(writing, request, {
      most: 1,
      revision: replacing(writing.collection, replacement),
      added: () => replacement,
    });
  },
  async deleteOne(writing, request) {
    return { deletedCount: await removeAll(writing, await toBeWritten(writing, request, 1)) };
  },
  async deleteMany(writing, request) {
    return { deletedCount: await removeAll(writing, await toBeWritten(writing, request, MOST_WRITTEN)) };
  },
  aggregate,
};

async function update(writing: Writing, request: DataApiRequest, most: number): Promise<Row> {
  const given = request.document("update");
  return write(writing, request, {
    most,
    revision: updateOf(writing.collection.rules.document, given),
    added: () => revised(equalities(request.filterDocument), given),
  });
}

interface Change {
  readonly most: number;
  readonly revision: Revision;
  /** What `upsert` adds where nothing matches. */
  readonly added: () => Row;
}

async function write(writing: Writing, request: DataApiRequest, { most, revision, added }: Change): Promise<Row> {
  const keys = await toBeWritten(writing, request, most);
  if (keys.length === 0 && request.upsert) {
    const [written] = await insertAll(writing, [added()]);
    return { matchedCount: 0, modifiedCount: 0, upsertedId: idOf(written?.key ?? []) };
  }
  const { matched, modified } = await reviseAll(writing, keys, revision);
  return { matchedCount: matched, modifiedCount: modified };
}

/** What of a filter a document that is added because of it has. */
function equalities(filter: Row): Row {
  return rowFrom(
    Object.entries(filter).filter(
      ([name, value]) => !name.startsWith("$") && !name.includes(".") && (typeof value !== "object" || value === null),
    ),
  );
}

/** @throws DataApiError where one call would write too many */
async function toBeWritten(writing: Writing, request: DataApiRequest, most: number): Promise<readonly (readonly string[])[]> {
  const found = await findKeys(matching(writing, request, most === 1 ? 1 : most + 1));
  if (found.length > most) throw tooMany();
  return found;
}

function tooMany(): DataApiError {
  return new DataApiError(400, "InvalidParameter", `At most ${MOST_WRITTEN} documents can be written by one call: narrow the filter.`);
}

function matching({ database, collection, asker }: Writing, request: DataApiRequest, limit: number): ReturnType<typeof pagesOf> {
  return pagesOf(database, collection, asker, { query: request.filter, sort: request.sort, skip: request.number("skip") ?? 0, limit });
}

function projectionOf({ collection }: Writing, request: DataApiRequest): (document: Row) => Row {
  return projection(
    request.object("projection", false),
    collection.table.key.map(({ name }) => name),
  );
}

/** Of a key of several columns, what stands in an address. */
function idOf(key: readonly string[]): string {
  return key.join(",");
}

const STAGES = ["$match", "$sort", "$skip", "$limit", "$project"];

/** A pipeline that only selects: stages in the order in which `find` does them. */
async function aggregate(writing: Writing, request: DataApiRequest): Promise<Row> {
  const pipeline = request.list("pipeline");
  const names = pipeline.map((stage) => Object.keys(stage).join());
  const unknown = names.find((name) => !STAGES.includes(name));
  if (unknown !== undefined)
    throw new DataApiError(400, "InvalidParameter", `The stage ${JSON.stringify(unknown)} is not served; there are ${STAGES.join(", ")}.`);
  const places = names.map((name) => STAGES.indexOf(name));
  if (places.some((place, index) => index > 0 && place <= (places[index - 1] ?? -1)))
    throw new DataApiError(400, "InvalidParameter", `Each stage stands once, in this order: ${STAGES.join(", ")}.`);
  const stage = (name: string): Value | undefined => pipeline.find((one) => Object.hasOwn(one, name))?.[name];
  const asFind = {
    filter: stage("$match"),
    sort: stage("$sort"),
    skip: stage("$skip"),
    limit: stage("$limit"),
    projection: stage("$project"),
  };
  const given = rowFrom(Object.entries(asFind).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
  return (ACTIONS["find"] as Action)(writing, request.with(given));
}
