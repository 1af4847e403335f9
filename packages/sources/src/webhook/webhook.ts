import type { InboundRequest } from "@backstitch/core/connector";
import type { Source } from "@backstitch/core/source";
import { createIntake, type Intake } from "../http/intake.ts";
import { postedBatches } from "../http/posted-batches.ts";
import { comeAgain, Refusal } from "../http/refusal.ts";
import { eventOf, type EventSettings } from "./event.ts";
import type { Verify } from "./verify.ts";

/** How requests become events; a reload puts others in force. */
export interface WebhookSettings extends EventSettings {
  /** Those that are taken, in capital letters. */
  readonly methods: readonly string[];
  readonly verify: Verify;
}

export interface WebhookOptions {
  /** The source's name in the project. */
  readonly name: string;
  /** Of several processes that take requests for one source each has a partition of its own. @default "webhook" */
  readonly partition?: string | undefined;
  readonly settings: WebhookSettings;
  /** So many requests may wait for the journal at once; more are told to come again. @default 64 */
  readonly maxRequests?: number | undefined;
  /** How long a request waits for the journal until it is told to come again: senders wait some ten seconds. Milliseconds. @default 8_000 */
  readonly answerWithinMs?: number | undefined;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/** What a request is told. */
export interface WebhookAnswer {
  /** 204: the journal has it. 503: it may come again. */
  readonly status: number;
  /** Why it was not taken. */
  readonly sentence?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** A source that somebody else's server feeds. */
export interface Webhook {
  readonly source: Source;
  use(settings: WebhookSettings): void;
  /** Resolves once the journal has the request, or it is known why not. Never throws. */
  receive(request: InboundRequest): Promise<WebhookAnswer>;
}

const EVENTS = 500;

/**
 * Makes a change event of every request that is the sender's. It is answered 204 once the journal has it, never before; whoever does not get that sends
 * it again, and what has the same delivery id is recorded once. Its position counts the batches.
 */
export function createWebhook({
  name,
  partition = "webhook",
  settings: first,
  maxRequests = 64,
  answerWithinMs = 8_000,
  now = Date.now,
}: WebhookOptions): Webhook {
  let settings = first;
  let reading: Intake | undefined;
  let underWay = 0;

  async function take(request: InboundRequest): Promise<void> {
    const { methods, verify } = settings;
    if (!methods.includes(request.method)) throw new Refusal(405, `${methods.join(", ")} is taken here.`, { allow: methods.join(", ") });
    await verify(request, now());
    const event = eventOf(name, request, settings, now());
    if (reading === undefined) throw comeAgain("The webhook is not read now.", 5);
    await reading.take({ events: [event], unreadable: [], ignored: 0 }, answerWithinMs);
  }

  return {
    source: {
      name,
      async read(from, accept, signal) {
        if (signal.aborted) return;
        const passOn = postedBatches({ source: name, partition, most: EVENTS }, from);
        const intake = createIntake();
        reading = intake;
        try {
          await passOn(intake, accept, signal);
        } finally {
          reading = undefined;
        }
      },
    },
    use: (next) => void (settings = next),
    async receive(request) {
      try {
        if (underWay >= maxRequests) throw comeAgain(`${maxRequests} requests are under way.`);
        underWay += 1;
        await take(request).finally(() => (underWay -= 1));
        return { status: 204, headers: {} };
      } catch (error) {
        if (error instanceof Refusal) return { status: error.status, sentence: error.message, headers: error.headers };
        return { status: 500, sentence: "The request could not be read. Nothing of it is recorded.", headers: {} };
      }
    },
  };
}
