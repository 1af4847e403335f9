import { createS3 } from "@backstitch/connectors/s3";
import { createSes } from "@backstitch/connectors/ses";
import { createTwilio } from "@backstitch/connectors/twilio";
import { ConnectorError, type Receipt } from "@backstitch/core/connector";

export interface Order {
  readonly id: string;
  readonly buyer: { readonly name: string; readonly phone: string; readonly email: string };
  readonly total: string;
}

export interface Accounts {
  readonly sms: Parameters<typeof createTwilio>[0];
  readonly mail: Parameters<typeof createSes>[0];
  readonly archive: Parameters<typeof createS3>[0];
}

/** Tells a buyer that an order was paid, by mail or else by text, and keeps a copy. One of these serves a whole process. */
export interface Receipts {
  send(order: Order): Promise<{ readonly by: "mail" | "text"; readonly receipt: Receipt }>;
  close(): Promise<void>;
}

export function openReceipts({ sms, mail, archive }: Accounts): Receipts {
  const twilio = createTwilio(sms);
  const ses = createSes(mail);
  const s3 = createS3(archive);
  return {
    async send({ id, buyer, total }) {
      // The same order is stored under the same key: doing it again changes nothing.
      await retried(() => s3.put({ key: `receipts/${id}.json`, body: { id, total } }));
      const text = `Thank you, ${buyer.name}. We have received ${total} for order ${id}.`;
      try {
        const receipt = await retried(() => ses.send({ to: buyer.email, subject: `Order ${id}`, text }));
        return { by: "mail", receipt };
      } catch (error) {
        if (!(error instanceof ConnectorError) || error.outcome !== "rejected") throw error;
        return { by: "text", receipt: await retried(() => twilio.send({ to: buyer.phone, body: text })) };
      }
    },
    close: async () => void (await Promise.all([twilio.close(), ses.close(), s3.close()])),
  };
}

const MOST_TRIES = 3;

/** Tries again only what was provably not done: what is `uncertain` may have been sent, and a mail cannot be unsent. */
async function retried(call: () => Promise<Receipt>): Promise<Receipt> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      const notDone = error instanceof ConnectorError && (error.outcome === "throttled" || error.outcome === "unavailable");
      if (!notDone || tries === MOST_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, error.retryAfterMs ?? 100 * 2 ** tries));
    }
  }
}
