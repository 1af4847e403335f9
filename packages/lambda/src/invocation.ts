import type { RuleSet } from "@backstitch/core/rules";
import type { Services } from "@backstitch/core/runtime";
import type { DecodeOptions } from "@backstitch/sources/decoders";
import { createBudget, type RemainingTime } from "./delivery/budget.ts";
import type { Job } from "./delivery/course.ts";
import { deliverAll, type DeliverOptions, type Ends } from "./delivery/deliver.ts";
import { createGates, type Rest } from "./delivery/gate.ts";
import type { DeadLetters } from "./letters/dead-letters.ts";
import { letterOf } from "./letters/letter.ts";
import { sendLetters } from "./letters/send.ts";
import { createContainer } from "./memory/container.ts";
import { durableMemory } from "./memory/durable.ts";
import { openLayer, type PersistenceLayer, type Remember } from "./memory/layer.ts";
import { containerMemory } from "./memory/memory.ts";
import type { HandlerObserver } from "./observer.ts";
import type { Incoming } from "./records/incoming.ts";
import { readBatch, type OrderedLetter, type ReadBatch } from "./records/read.ts";

/** Rules and the services that they name. */
export interface RulesAndServices {
  readonly rules: RuleSet;
  readonly services: Services;
}

/** What every handler is made of: a project as `openProject` gives it, or its parts. */
export type HandlerOptions = HandlerSettings & (RulesAndServices | { readonly project: RulesAndServices });

export interface HandlerSettings extends Pick<DecodeOptions, "source" | "collection" | "now"> {
  /** Where what is rejected, expired or held goes, and what is unfinished and cannot come again: there is no journal to keep it. */
  readonly deadLetters: DeadLetters;
  /**
   * What remembers deliveries over all containers, so that a record which comes again repeats none: a DynamoDB table, or a persistence layer of
   * Powertools for AWS Lambda. @default what each container remembers by itself
   */
  readonly remember?: Remember;
  /** Time kept back at the end, to send dead letters in. Milliseconds. @default 2_000 */
  readonly marginMs?: number;
  /** From 0 to 1: spreads retries. @default Math.random */
  readonly random?: () => number;
  readonly observe?: HandlerObserver;
}

/** What one invocation does with its records, one after the other. */
export interface Invocation {
  read(incoming: readonly Incoming[]): Promise<ReadBatch>;
  /** `jobs`: all of the batch's, or some. */
  deliver(batch: ReadBatch, jobs: readonly Job[]): Promise<Ends>;
  /** The orders of records whose letters are not durable. */
  send(letters: readonly OrderedLetter[]): Promise<readonly number[]>;
}

/** A container: what outlives an invocation is here. */
export function createInvocations(options: HandlerOptions): (context: RemainingTime) => Promise<Invocation> {
  const { deadLetters, remember, marginMs = 2_000, now = Date.now, random = Math.random, observe = {} } = options;
  const { rules, services } = "project" in options ? options.project : options;
  const container = createContainer();
  const rests = new Map<string, Rest>();
  const layer = remember && openLayer(remember);
  // The first invocation says it.
  layer?.catch(() => undefined);

  return async (context) => {
    const budget = createBudget(context, marginMs);
    const memory = memoryOf(await layer, context);
    const attempted = observe.attempted?.bind(observe) ?? (() => undefined);
    const trying = { services, gate: createGates(rests, budget, now), budget, memory, now, random, attempted };
    const send: Invocation["send"] = (letters) => sendLetters(letters, { deadLetters, memory, observe, context });
    return {
      async read(incoming) {
        const batch = await readBatch(incoming, rules, now);
        if (batch.undecided.length > 0) observe.undecided?.(batch.undecided);
        return batch;
      },
      deliver(batch, jobs) {
        const keep: DeliverOptions["keep"] = async (job, end) =>
          (await send([{ order: job.order, letter: letterOf(job, end, batch) }])).length === 0;
        return deliverAll(jobs, { ...trying, keep });
      },
      send,
    };
  };

  function memoryOf(opened: PersistenceLayer | undefined, context: RemainingTime) {
    if (opened === undefined) return containerMemory(container);
    const remaining = (): number => context.getRemainingTimeInMillis();
    return durableMemory({ container, layer: opened, remaining, now, failed: (error) => observe.memoryFailed?.(error) });
  }
}
