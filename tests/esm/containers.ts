import { deliveryId } from "@backstitch/core/rules";
import {
  dynamoDbStreamHandler,
  eventBridgeHandler,
  kinesisHandler,
  sqsHandler,
  type BatchResponse,
  type HandlerOptions,
  type LambdaHandler,
} from "@backstitch/lambda";
import { carried } from "./records.ts";
import { keyOf, rules } from "./rules.ts";
import type { CarrierName, PlannedRecord } from "./plan.ts";
import { lettersFor, tableFor } from "./stores.ts";
import type { World } from "./world.ts";
import type { Asker } from "./far-side.ts";

/** What Lambda has of an invocation: the identifiers that are answered, or that it failed. */
export type Answer = readonly string[] | "failed";

/** A function's containers: a warm one that is idle, or a cold one. */
export interface Containers {
  invoke(records: readonly PlannedRecord[]): Promise<Answer>;
}

export const TIMEOUT_MS = 12_000;
/** Far more than any run takes that ends. */
const MOST_INVOCATIONS = 2_000;

interface Container extends Asker {
  isBusy: boolean;
  /** Indexes of the records that it is at. */
  at: readonly number[];
  readonly handler: LambdaHandler<never, BatchResponse | void>;
}

export function createContainers(world: World): Containers {
  const { plan, random, clock, far, told } = world;
  const pool: Container[] = [];

  function pick(): Container {
    const idle = pool.filter(({ isBusy, isDead }) => !isBusy && !isDead);
    const chosen = random.below(4) === 0 ? undefined : idle[random.below(idle.length)];
    const container = chosen ?? start();
    container.isBusy = true;
    return container;
  }

  function start(): Container {
    const asker: Asker & { at: readonly number[] } = { isDead: false, invocation: 0, at: [] };
    const options: HandlerOptions = {
      rules,
      services: new Map([["far", far.serviceFor(asker)]]),
      source: "rows",
      random: () => random.below(1_000) / 1_000,
      deadLetters: lettersFor(asker, world),
      ...(plan.remembers ? { remember: tableFor(asker, world) } : {}),
    };
    const container: Container = Object.assign(asker, { isBusy: false, handler: handlerOf(plan.carrier, options) });
    pool.push(container);
    return container;
  }

  /** What it did, and noted nowhere, may be done again. */
  function kill(container: Container, records: readonly PlannedRecord[]): void {
    container.isDead = true;
    for (const { index } of records) told.blindly.add(index);
    const ids = records.flatMap((record) => record.asks.map((_, ask) => deliveryId(keyOf(record, ask))));
    for (const id of ids) if (!told.saved.has(id)) far.doubts.add(id);
  }

  return {
    async invoke(records) {
      const container = pick();
      told.invocations += 1;
      if (told.invocations > MOST_INVOCATIONS) throw new Error(`After ${MOST_INVOCATIONS} invocations the records still come again.`);
      Object.assign(container, { invocation: told.invocations, at: records.map(({ index }) => index) });
      const ends = clock.now() + TIMEOUT_MS;
      const answered = answerOf(container, eventOf(plan.carrier, records), () => Math.max(0, ends - clock.now()));
      const killed = world.happens(plan.faults.kill) ? clock.sleep(random.below(3_000)).then(() => "killed" as const) : undefined;
      const late = clock.sleep(TIMEOUT_MS).then(() => "late" as const);
      const answer = await Promise.race([answered, late, ...(killed === undefined ? [] : [killed])]);
      container.isBusy = false;
      if (answer !== "killed" && answer !== "late") return answer;
      if (answer === "late") told.timeouts += 1;
      else told.kills += 1;
      kill(container, records);
      return "failed";
    },
  };
}

async function answerOf({ handler }: Container, event: unknown, getRemainingTimeInMillis: () => number): Promise<Answer> {
  try {
    const answer = await handler(event as never, { getRemainingTimeInMillis });
    return answer?.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) ?? [];
  } catch (error) {
    // Anything else that is thrown is a bug, and a batch that comes again for ever shows it.
    if ((error as { code?: string }).code !== "EVENT_UNFINISHED") throw error;
    return "failed";
  }
}

function eventOf(carrier: CarrierName, records: readonly PlannedRecord[]): unknown {
  const all = records.map((record) => carried(carrier, record));
  return carrier === "eventbridge" ? all[0] : { Records: all };
}

function handlerOf(carrier: CarrierName, options: HandlerOptions): LambdaHandler<never, BatchResponse | void> {
  const shaped = { ...options, shape: "backstitch" } as const;
  switch (carrier) {
    case "dynamodb":
      return dynamoDbStreamHandler(options);
    case "kinesis":
      return kinesisHandler(shaped);
    case "sqs":
    case "fifo":
      return sqsHandler(shaped);
    case "eventbridge":
      return eventBridgeHandler(shaped);
  }
}
