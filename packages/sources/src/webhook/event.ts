import { createHash, randomUUID } from "node:crypto";
import type { InboundRequest } from "@backstitch/core/connector";
import type { ChangeEvent } from "@backstitch/core/source";
import { rowFrom, type Row } from "@backstitch/core/values";
import { Refusal } from "../http/refusal.ts";
import { timeFromMs } from "../values/times.ts";
import { contentOf, fieldsOf } from "./content.ts";
import { SECRET_PARAMETER } from "./verify.ts";

/** What of a webhook's settings an event is made by. */
export interface EventSettings {
  /** What rules call what comes: a name, or the header that has it. */
  readonly collection: string | { readonly header: string };
  /** The header that has the delivery's id: one that comes again is the same event. Without it every request is one of its own. */
  readonly idHeader: string;
  /** Whether the query holds the secret. */
  readonly hasSecretInQuery: boolean;
}

/** They let whoever reads them in, or let a request be made again. */
const SECRET_HEADERS: ReadonlySet<string> = new Set([
  "authorization",
  "cookie",
  "proxy-authorization",
  "x-api-key",
  "x-hub-signature",
  "x-hub-signature-256",
  "x-hook-signature",
  "endpoint-signature",
  "webhook-signature",
  "x-twilio-signature",
]);

const COLLECTION = /^[A-Za-z0-9_.:-]{1,100}$/;
const PLAIN_ID = /^[\x21-\x7e]{1,200}$/;

/**
 * The change event that a request is: an insert of what it brought. Its id is the delivery's, else a hash of the body and a random text.
 * @throws Refusal 400 where it cannot be read.
 */
export function eventOf(source: string, request: InboundRequest, settings: EventSettings, now: number): ChangeEvent {
  const { method, headers, body } = request;
  const id = idOf(request, settings);
  const after: Row = {
    body: contentOf(body, headers["content-type"]),
    headers: headersOf(headers),
    query: queryOf(request, settings),
    method,
  };
  return {
    id: `${source}/${id}`,
    source,
    origin: "log",
    operation: "insert",
    database: "webhooks",
    collection: collectionOf(request, settings),
    key: { id },
    previousKey: undefined,
    after,
    before: null,
    unsent: [],
    changed: Object.keys(after),
    committedAt: timeFromMs(now),
  };
}

function idOf({ headers, body }: InboundRequest, { idHeader }: EventSettings): string {
  const given = headers[idHeader.toLowerCase()];
  if (given !== undefined && PLAIN_ID.test(given)) return given;
  const hash = createHash("sha256").update(given ?? randomUUID());
  return (given === undefined ? hash.update(body) : hash).digest("hex").slice(0, 32);
}

function collectionOf({ headers }: InboundRequest, { collection }: EventSettings): string {
  if (typeof collection === "string") return collection;
  const given = headers[collection.header.toLowerCase()];
  if (given !== undefined && COLLECTION.test(given)) return given;
  throw new Refusal(400, `The header ${collection.header} is missing, or is not the name of a collection.`);
}

function headersOf(headers: InboundRequest["headers"]): Row {
  return rowFrom(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined || SECRET_HEADERS.has(name) ? [] : [[name, value] as const])),
  );
}

function queryOf({ url }: InboundRequest, { hasSecretInQuery }: EventSettings): Row {
  const { searchParams } = new URL(url, "http://webhook");
  if (hasSecretInQuery) searchParams.delete(SECRET_PARAMETER);
  return fieldsOf(searchParams);
}
