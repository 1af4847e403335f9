import type { PutEventsRequestEntry, PutEventsResultEntry } from "@aws-sdk/client-eventbridge";
import {
  ConnectorError,
  type AttemptContext,
  type BatchedCall,
  type Batching,
  type FromSchema,
  type JsonSchema,
  type Receipt,
} from "@backstitch/core/connector";
import { answered } from "../aws/call.ts";
import { jsonText } from "../aws/text.ts";
import { fittingEntry } from "./claim-check.ts";
import { MAX_BYTES, putDefaults, source, type EventBridgeClient } from "./config.ts";
import { entryFailure, eventbridgeFailures } from "./failures.ts";

export const putArgs = {
  type: "object",
  properties: {
    detailType: {
      type: "string",
      minLength: 1,
      maxLength: 128,
      description: "What kind of event it is, by which rules of the bus choose: order.paid.",
    },
    detail: {
      type: "object",
      description:
        "What happened. The delivery's id is added as backstitchDeliveryId, the same over all attempts, so that receivers can tell a repeat; as backstitchHops, through how many deliveries it came to be.",
    },
    source: { ...source, description: "Absent: the service's." },
    resources: { type: "array", items: { type: "string", maxLength: 2_048 }, maxItems: 100, description: "ARNs that the event is about." },
    time: { type: "string", description: "RFC 3339. Absent: when AWS takes the event." },
  },
  required: ["detailType", "detail"],
  additionalProperties: false,
} as const satisfies JsonSchema;

export type PutArgs = FromSchema<typeof putArgs>;

type Call = BatchedCall<PutArgs>;
type Answers = readonly (Receipt | ConnectorError)[];

/** What an entry has beside what its arguments say: source and detail type, also within an envelope, ids, a trace. */
const ABOUT_BYTES = 4_096;

export const batch: Batching<EventBridgeClient, PutArgs> = {
  limits: ({ config: { put: { maxEntries, maxWaitMs } = {} } }) => ({
    calls: maxEntries ?? putDefaults.maxEntries,
    bytes: MAX_BYTES - 1,
    waitMs: maxWaitMs ?? putDefaults.maxWaitMs,
    open: 1,
  }),
  key: () => "",
  bytes: ({ detail, resources = [] }) =>
    resources.reduce((sum, text) => sum + Buffer.byteLength(text), Buffer.byteLength(jsonText(detail)) + ABOUT_BYTES),
  run: putTogether,
};

export async function put(client: EventBridgeClient, args: PutArgs, attempt: AttemptContext): Promise<Receipt> {
  const [answer] = await putTogether(client, [{ args, attempt }], attempt.signal);
  if (answer instanceof ConnectorError) throw answer;
  return answer ?? {};
}

/** An event that cannot be sent keeps no other from it. */
async function putTogether(client: EventBridgeClient, calls: readonly Call[], signal: AbortSignal): Promise<Answers> {
  const entries = await Promise.all(calls.map(({ args, attempt }) => fittingEntry(client, args, attempt).catch(itsFailure)));
  const sendable = entries.filter((entry): entry is PutEventsRequestEntry => !(entry instanceof ConnectorError));
  const sent = sendable.length === 0 ? [] : [...(await sendTogether(client, sendable, signal))];
  return entries.map((entry) => (entry instanceof ConnectorError ? entry : (sent.shift() ?? UNREADABLE)));
}

/** A request that is refused whole may be so because of one entry: then nothing of it was done, and each is sent alone. */
async function sendTogether(client: EventBridgeClient, entries: readonly PutEventsRequestEntry[], signal: AbortSignal): Promise<Answers> {
  try {
    return await send(client, entries, signal);
  } catch (error) {
    if (entries.length === 1 || !(error instanceof ConnectorError) || error.outcome !== "rejected") throw error;
    return Promise.all(entries.map((entry) => send(client, [entry], signal).then(([answer]) => answer ?? UNREADABLE, itsFailure)));
  }
}

/** Whatever is thrown that is no ConnectorError is a bug, and told as one. */
function itsFailure(error: unknown): ConnectorError {
  if (error instanceof ConnectorError) return error;
  throw error;
}

async function send({ sdk, aws }: EventBridgeClient, entries: readonly PutEventsRequestEntry[], signal: AbortSignal): Promise<Answers> {
  const request = new sdk.PutEventsCommand({ Entries: [...entries] });
  const { Entries: results = [], FailedEntryCount: failed = 0 } = await answered(eventbridgeFailures, aws, () =>
    aws.send(request, { abortSignal: signal }),
  );
  // By their places they belong together: an answer of another length, or that counts otherwise, tells nothing of those that it does not refuse.
  const refused = results.filter(({ ErrorCode }) => ErrorCode !== undefined).length;
  const isPlain = results.length === entries.length && refused === failed;
  return entries.map((_, index) => answerOf(results[index], isPlain));
}

function answerOf(result: PutEventsResultEntry | undefined, isPlain: boolean): Receipt | ConnectorError {
  if (result?.ErrorCode !== undefined) return entryFailure(result.ErrorCode);
  return isPlain && typeof result?.EventId === "string" ? { id: result.EventId } : UNREADABLE;
}

const UNREADABLE = new ConnectorError(
  "uncertain",
  "EVENTBRIDGE_ANSWER_UNREADABLE",
  "EventBridge answered without an event id, so the event may be on the bus.",
);
