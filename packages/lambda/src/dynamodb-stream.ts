import type { Service, Services } from "@backstitch/core/runtime";
import type { RuleSet } from "@backstitch/core/rules";
import type { DecodeOptions, DynamoDbRecord } from "@backstitch/sources/decoders";
import { dispose, type Disposal } from "./answer.ts";
import { readBatch } from "./batch.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { createBudget, type Budget, type RemainingTime } from "./delivery/budget.ts";
import { deliverAll } from "./delivery/deliver.ts";
import { createGate, type Gate, type Rest } from "./delivery/gate.ts";
import { createMemory, type Memory } from "./delivery/memory.ts";
import type { StreamObserver } from "./observer.ts";

/** What Lambda invokes the function with: records of one shard, in order. */
export interface DynamoDbStreamEvent {
  readonly Records: readonly DynamoDbRecord[];
}

/** What Lambda is answered: it goes on from the record that is named, and sends that and every later one again. */
export interface DynamoDbBatchResponse {
  /** Empty: the whole batch is done with. */
  readonly batchItemFailures: { readonly itemIdentifier: string }[];
}

export interface DynamoDbStreamHandlerOptions extends DecodeOptions {
  readonly rules: RuleSet;
  readonly services: Services;
  /** Where what is rejected, expired, held, locked out or out of time goes: there is no journal to keep it. */
  readonly deadLetters: DeadLetters;
  /** Time kept back at the end, to send dead letters in. Milliseconds. @default 2_000 */
  readonly marginMs?: number;
  /** From 0 to 1: spreads retries. @default Math.random */
  readonly random?: () => number;
  readonly observe?: StreamObserver;
}

export type DynamoDbStreamHandler = (event: DynamoDbStreamEvent, context: RemainingTime) => Promise<DynamoDbBatchResponse>;

/**
 * A Lambda handler for a DynamoDB stream. Set `FunctionResponseTypes: [ReportBatchItemFailures]` on the event source mapping: without it Lambda ignores the answer.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 *
 * One invocation matches the batch under the rules and does the deliveries: those of a lane in order, different lanes at the same time, each service within its
 * concurrency. It tries again as the outcomes say while there is time, and waits for all of them. Then every delivery is one of these:
 * - accepted;
 * - a dead letter: rejected, expired, held, locked out, or out of time after an attempt. A condition or template that failed, and a record that cannot be read or
 *   matched, are dead letters too;
 * - not begun when the time was up. Lambda goes on from the first record that is answered and sends every later one again, so such a record is answered only
 *   where nothing of it or after it was begun: nothing is repeated then. Not begun and before something that was begun, it is a dead letter.
 *
 * Where dead letters cannot be sent, the first record that has one is answered, and all from there on come again. This container remembers what it has done and
 * does not repeat it, nor try again blindly what its rule says to hold; a new container knows nothing of that. The same holds where the function
 * is killed: what `repeats` may then happen twice, `by-key` and `by-nature` actions do not show it, since delivery ids stay the same.
 * A dead letter releases its lane; `ifUncertain: "hold"` cannot keep later batches waiting.
 *
 * The handler throws, and Lambda sends the whole batch again, where `marginMs` leaves no time at all, or where a record without sequence number would have to be answered.
 */
export function dynamoDbStreamHandler(options: DynamoDbStreamHandlerOptions): DynamoDbStreamHandler {
  const { rules, deadLetters, marginMs = 2_000, now = Date.now, observe = {} } = options;
  const memory = createMemory();
  const rests = new Map<string, Rest>();

  return async ({ Records: records }, context) => {
    const budget = createBudget(context, marginMs);
    const batch = await readBatch(records, rules, { ...options, now });
    if (batch.undecided.length > 0) observe.undecided?.(batch.undecided);
    const ends = await deliverAll(batch.jobs, {
      services: options.services,
      gate: createGates(rests, budget, now),
      budget,
      memory,
      now,
      random: options.random ?? Math.random,
      attempted: (delivery, outcome) => observe.attempted?.(delivery, outcome),
    });
    const disposal = dispose(batch, ends);
    const unsent = await sendLetters(disposal, { deadLetters, memory, observe, context });
    return answer(records, unsent ?? disposal.from, observe);
  };
}

/** One gate a service and invocation; rests outlive the invocation. */
function createGates(rests: Map<string, Rest>, budget: Budget, now: () => number): (service: Service) => Gate {
  const gates = new Map<string, Gate>();
  return ({ name, concurrency }) => {
    let gate = gates.get(name);
    if (gate === undefined) {
      const rest = rests.get(name) ?? { until: 0 };
      rests.set(name, rest);
      gates.set(name, (gate = createGate({ concurrency, rest, budget, now })));
    }
    return gate;
  };
}

/** Kept back from sending dead letters, to answer in. */
const ANSWER_MS = 250;

interface Sending {
  readonly deadLetters: DeadLetters;
  readonly memory: Memory;
  readonly observe: StreamObserver;
  readonly context: RemainingTime;
}

/** Undefined when all letters are durable; else the first record that has one. */
async function sendLetters({ letters }: Disposal, { deadLetters, memory, observe, context }: Sending): Promise<number | undefined> {
  const due = letters.filter(({ letter }) => memory.recall(letter.deliveryId) !== "done").sort((left, right) => left.order - right.order);
  if (due.length === 0) return undefined;
  const limit = new AbortController();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => {
      late.reject(new Error(`${due.length} dead letters were not taken before the function's time was up.`));
      limit.abort();
    },
    Math.max(0, context.getRemainingTimeInMillis() - ANSWER_MS),
  );
  try {
    const sent = due.map(({ letter }) => letter);
    await Promise.race([deadLetters.send(sent, limit.signal), late.promise]);
    for (const { deliveryId } of sent) memory.note(deliveryId, "done");
    observe.deadLettered?.(sent);
    return undefined;
  } catch (error) {
    observe.deadLettersFailed?.(error);
    return due[0]?.order;
  } finally {
    clearTimeout(timer);
  }
}

/** A record without sequence number cannot be named, and an empty name fails the batch without saying so: the next earlier one that has a name stands in. */
function answer(records: readonly DynamoDbRecord[], from: number | undefined, observe: StreamObserver): DynamoDbBatchResponse {
  if (from === undefined) return { batchItemFailures: [] };
  for (let index = from; index >= 0; index -= 1) {
    const itemIdentifier = records[index]?.dynamodb?.SequenceNumber;
    if (itemIdentifier) {
      observe.handedBack?.(itemIdentifier, records.length - index);
      return { batchItemFailures: [{ itemIdentifier }] };
    }
  }
  throw new Error("Records must come again, and none that could be answered has a sequence number: the whole batch comes again.");
}
