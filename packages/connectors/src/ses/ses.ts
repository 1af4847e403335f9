import { action, type Action, type Connector } from "@backstitch/core/connector";
import { clientOptions } from "../aws/config.ts";
import { loadSdk } from "../shared/load-sdk.ts";
import { plain, type Calls, type Plainly } from "../shared/plain.ts";
import { configSchema, type SesClient, type SesConfig } from "./config.ts";
import { countRecipients } from "./envelope.ts";
import { envelopeFaults, sendFaults, sendRawFaults } from "./faults.ts";
import { send, sendSchema, type SendArgs } from "./send.ts";
import { receipts } from "./receipts.ts";
import { sendRaw, sendRawSchema, type SendRawArgs } from "./send-raw.ts";
import { sendTemplated, sendTemplatedSchema, type SendTemplatedArgs } from "./send-templated.ts";

/** Amazon SES: sends mail, by its first API: the second knows nothing that makes a repeat harmless either, and templates, tags and raw mail are in both. */
export const ses: Connector<
  SesConfig,
  SesClient,
  {
    readonly send: Action<SesClient, SendArgs>;
    readonly sendTemplated: Action<SesClient, SendTemplatedArgs>;
    readonly sendRaw: Action<SesClient, SendRawArgs>;
  }
> = {
  type: "ses",
  summary: "Amazon SES: sends mail.",
  config: configSchema,
  async connect(config) {
    const sdk = await loadSdk("ses", "@aws-sdk/client-ses", () => import("@aws-sdk/client-ses"));
    return { sdk, aws: new sdk.SESClient(clientOptions(config)), config };
  },
  close: ({ aws }) => aws.destroy(),
  receipts,
  actions: {
    send: action({
      summary: "Sends one mail, as text, HTML or both.",
      args: sendSchema,
      faults: sendFaults,
      repeat: "repeats",
      run: send,
      cost: { recipients: countRecipients },
    }),
    sendTemplated: action({
      summary: "Sends one mail by a template that SES keeps and fills.",
      args: sendTemplatedSchema,
      faults: envelopeFaults,
      repeat: "repeats",
      run: sendTemplated,
      cost: { recipients: countRecipients },
    }),
    sendRaw: action({
      summary: "Sends one mail with attachments, headers of your own, or a button to unsubscribe.",
      args: sendRawSchema,
      faults: sendRawFaults,
      repeat: "repeats",
      run: sendRaw,
      cost: { recipients: countRecipients },
    }),
  },
};

/** Ses without engine, journal or project: see {@link Calls}. */
export function createSes(config: Plainly<SesConfig>): Calls<typeof ses> {
  return plain(ses, config);
}
