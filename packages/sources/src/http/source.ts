import type { IncomingMessage } from "node:http";
import type { Source } from "@backstitch/core/source";
import type { DecodeOptions } from "../decoders/options.ts";
import { createAuthentication, type Authentication } from "./authenticate.ts";
import { mediaTypeOf, readBody } from "./body.ts";
import { createIntake, type Intake } from "./intake.ts";
import type { HttpSourceOptions } from "./options.ts";
import { postedBatches } from "./posted-batches.ts";
import { postedBy } from "./records.ts";
import { comeAgain, Refusal } from "./refusal.ts";
import { listen, type Answer } from "./server.ts";

const PARTITION = "http";
const MOST_BODY_BYTES = 1_048_576;
const MOST_REQUESTS = 64;
const ANSWER_WITHIN_MS = 30_000;
const EVENTS = 500;

/**
 * Takes changes that are posted to it: one record, an array or lines of them, or CloudEvents that carry them. The answer is 200 once the journal has all of a
 * request, never before; whoever does not get it sends the request again, and what has the same ids is recorded once.
 *
 * A record that cannot be read is a dead letter, and the rest of its request goes on. It cannot go back to an old position: what was answered 200 is the journal's alone.
 * Its position counts the batches. @throws SourceMisconfigured where it cannot listen, or would take changes from anybody.
 */
export function httpSource(options: HttpSourceOptions): Source {
  const { name, host = "127.0.0.1", batch } = options;
  const authentication = createAuthentication(options, host);
  let { port } = options;
  return {
    name,
    async read(from, accept, signal) {
      if (signal.aborted) return;
      const passOn = postedBatches({ source: name, partition: PARTITION, most: batch?.events ?? EVENTS }, from);
      const intake = createIntake();
      const server = await listen({ who: `Source "${name}"`, host, port }, handler(options, authentication, intake));
      // The system's choice is kept: senders know it.
      port = server.port;
      options.listening?.(server.url);
      try {
        await passOn(intake, accept, signal);
      } finally {
        await server.close();
      }
    },
  };
}

function handler(
  options: HttpSourceOptions,
  authentication: Authentication,
  intake: Intake,
): (request: IncomingMessage) => Promise<Answer> {
  const { maxBodyBytes = MOST_BODY_BYTES, maxRequests = MOST_REQUESTS, answerWithinMs = ANSWER_WITHIN_MS, path = "/" } = options;
  const decoding = decodeOptions(options);
  let underWay = 0;

  async function handle(request: IncomingMessage): Promise<Answer> {
    const { headers } = request;
    checkPlace(request, path);
    authentication.checkToken(headers);
    const mediaType = mediaTypeOf(request);
    if (underWay >= maxRequests) throw comeAgain(`${maxRequests} requests are under way ("maxRequests").`);
    underWay += 1;
    try {
      const body = await readBody(request, maxBodyBytes);
      authentication.checkSignature(headers, body);
      const posted = postedBy(body, { shape: options.accepts, headers, mediaType, options: decoding });
      await intake.take(posted, answerWithinMs);
      return { events: posted.events.length, unreadable: posted.unreadable.length, ignored: posted.ignored };
    } finally {
      underWay -= 1;
    }
  }

  return handle;
}

function checkPlace({ url = "/", method }: IncomingMessage, path: string): void {
  if (url.split("?", 1)[0] !== path) throw new Refusal(404, "There is nothing here: changes are posted to another path.");
  if (method !== "POST") throw new Refusal(405, "Changes are posted here.", { allow: "POST" });
}

function decodeOptions({ name, collections, keys, now }: HttpSourceOptions): DecodeOptions {
  const collection =
    collections && ((table: string): string => (Object.hasOwn(collections, table) ? (collections[table] ?? table) : table));
  return { source: name, collection, keys, now };
}
