import { pause } from "../delivery/pause.ts";
import type { Outcome } from "@backstitch/core/connector";
import type { ChangeEvent } from "@backstitch/core/source";
import { attempt, nextDelayMs, type Service } from "@backstitch/core/runtime";
import { encodeValue, type Row, type Value } from "@backstitch/core/values";

/** What did not happen, with what it takes to do it after all. Holds recipients and the row: keep it as safe as the table. */
export interface DeadLetter {
  /** The delivery's id; where the record could not be read or matched at all, an id of the record. The same each time. */
  readonly deliveryId: string;
  /**
   * `expired`: it is older than its rule lets it be delivered; `rejected`: it can never succeed as it is; `held`: it may have happened, and the rule says not to repeat;
   * `out-of-time`: the function's time was up; `locked-out`: its service will not have us.
   */
  readonly state: "rejected" | "expired" | "held" | "out-of-time" | "locked-out";
  /** Stable: the vendor's own code with its name before it, or ours. */
  readonly code: string;
  /** A sentence for people. Holds neither secrets nor recipients. */
  readonly reason: string;
  /** Attempts that this invocation made. */
  readonly attempts: number;
  /** An attempt may have happened: sending it again may do it twice. */
  readonly uncertain: boolean;
  readonly rule?: string | undefined;
  /** The `then` entry's name. */
  readonly then?: string | undefined;
  readonly service?: string | undefined;
  readonly action?: string | undefined;
  /** As rendered: of a link there is a mark, and under `$links` what it is made of. Absent where rendering failed. */
  readonly args?: Row | undefined;
  readonly event?: ChangeEvent | undefined;
  /** The record as Lambda gave it, where it could not be read as a change event. */
  readonly record?: unknown;
}

/** Where dead letters go. */
export interface DeadLetters {
  /**
   * Must be durable for all letters when it resolves; rejects otherwise, and then they come again, so the same letter may be sent twice.
   * @param signal Aborts when the function's time is up.
   */
  send(letters: readonly DeadLetter[], signal: AbortSignal): Promise<void>;
}

/** A letter as one line of JSON that keeps large numbers exact (`decodeValue` of `@backstitch/core/values` reads it). */
export function encodeDeadLetter(letter: DeadLetter): string {
  return encodeValue(present(letter as unknown as Value));
}

/** JSON lacks `undefined`; here an absent field says the same. */
function present(value: Value): Value {
  if (Array.isArray(value)) return value.map(present);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const entries = Object.entries(value as Row).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([name, item]) => [name, present(item)]));
}

/** Short: the function's time is nearly up when letters are sent. */
const RETRY = { attempts: 3, firstDelayMs: 100, longestDelayMs: 1_000 };

/**
 * Sends each letter through an action of a service: `s3.put` with `deliveryId` in the key stores it once however often it is sent.
 * Tries up to three times. @param toArgs The action's arguments for a letter; see {@link encodeDeadLetter}.
 */
export function deadLettersToService(service: Service, action: string, toArgs: (letter: DeadLetter) => Row): DeadLetters {
  /** One that cannot be made keeps no other from being stored. Its error may hold what is in the letter. */
  async function failureOf(letter: DeadLetter, signal: AbortSignal): Promise<string | undefined> {
    let args: Row;
    try {
      args = toArgs(letter);
    } catch (error) {
      return `the arguments of letter ${letter.deliveryId} could not be made (${error instanceof Error ? error.name : typeof error}).`;
    }
    const outcome = await sendOne(service, { id: letter.deliveryId, action, args }, signal);
    return outcome.kind === "accepted" ? undefined : `${outcome.code}: ${outcome.reason}`;
  }

  return {
    async send(letters, signal) {
      const queue = letters.values();
      const failed: string[] = [];
      const sender = async (): Promise<void> => {
        for (const letter of queue) {
          const why = await failureOf(letter, signal);
          if (why !== undefined) failed.push(why);
        }
      };
      await Promise.all(Array.from({ length: service.concurrency }, sender));
      if (failed.length > 0) throw new Error(`${failed.length} of ${letters.length} dead letters were not taken; the first: ${failed[0]}`);
    },
  };
}

interface Sent {
  readonly id: string;
  readonly action: string;
  readonly args: Row;
}

async function sendOne(service: Service, sent: Sent, signal: AbortSignal): Promise<Outcome> {
  const services = new Map([[service.name, service]]);
  let uncertain = false;
  for (let attempts = 0; ; attempts += 1) {
    const delivery = { ...sent, service: service.name, attempts, uncertain, ifUncertain: "retry" } as const;
    const outcome = await attempt(delivery, services, { signal });
    if (outcome.kind === "accepted" || outcome.kind === "rejected" || outcome.kind === "locked-out") return outcome;
    uncertain ||= outcome.kind === "uncertain";
    const delay = nextDelayMs(RETRY, { attempts: attempts + 1, passedMs: 0 }, outcome.retryAfterMs ?? 0, 1);
    if (delay === null || signal.aborted) return outcome;
    await pause(delay, signal);
  }
}
