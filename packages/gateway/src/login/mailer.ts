import { setTimeout as sleep } from "node:timers/promises";
import { createGate } from "./gate.ts";
import type { LoginMail } from "./settings.ts";

/** Sends mails some time after the answer: whether one goes out is seen neither by how long that takes, nor by how long what is asked next does. */
export interface Mailer {
  /** What has no mail in the end yields none. */
  post(make: () => Promise<LoginMail | undefined>): void;
  /** Resolves once those under way are through. */
  close(): Promise<void>;
}

interface MailerOptions {
  readonly send: (mail: LoginMail) => Promise<void>;
  readonly failed: (error: unknown) => void;
  /** How long after. Milliseconds. @default up to half a second, by chance */
  readonly later?: () => number;
}

const AT_ONCE = 4;
/** Whoever is not served by then asks again. */
const MOST_WAITING = 1_000;
const LATEST_MS = 500;

export function createMailer({ send, failed, later = () => Math.random() * LATEST_MS }: MailerOptions): Mailer {
  const gate = createGate({ atOnce: AT_ONCE, waiting: MOST_WAITING });
  const underWay = new Set<Promise<void>>();
  const sent = async (make: () => Promise<LoginMail | undefined>): Promise<void> => {
    const mail = await make();
    if (mail !== undefined) await send(mail);
  };
  return {
    post(make) {
      if (underWay.size >= MOST_WAITING) return failed(new Error("Too many mails wait to be sent."));
      const done = sleep(later())
        .then(() => gate(() => sent(make)))
        .catch(failed)
        .finally(() => underWay.delete(done));
      underWay.add(done);
    },
    close: async () => void (await Promise.all(underWay)),
  };
}
