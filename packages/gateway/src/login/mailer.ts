import type { LoginMail } from "./settings.ts";

/** Sends mails after the answer: whether one goes out is not seen by how long that takes. */
export interface Mailer {
  /** What has no mail in the end yields none. */
  post(make: () => Promise<LoginMail | undefined>): void;
  /** Resolves once those under way are through. */
  close(): Promise<void>;
}

interface MailerOptions {
  readonly send: (mail: LoginMail) => Promise<void>;
  readonly failed: (error: unknown) => void;
}

const AT_ONCE = 4;
/** Whoever is not served by then asks again. */
const MOST_WAITING = 1_000;

export function createMailer({ send, failed }: MailerOptions): Mailer {
  const waiting: (() => Promise<LoginMail | undefined>)[] = [];
  const working = new Set<Promise<void>>();
  const work = async (): Promise<void> => {
    for (let make = waiting.shift(); make !== undefined; make = waiting.shift()) {
      try {
        const mail = await make();
        if (mail !== undefined) await send(mail);
      } catch (error) {
        failed(error);
      }
    }
  };
  return {
    post(make) {
      if (waiting.length >= MOST_WAITING) return failed(new Error("Too many mails wait to be sent."));
      waiting.push(make);
      if (working.size >= AT_ONCE) return;
      const done = work().finally(() => working.delete(done));
      working.add(done);
    },
    close: async () => void (await Promise.all(working)),
  };
}
