import type { SchemaFault } from "@backstitch/core/connector";
import { breaksHeader, listOf, NOT_AN_ADDRESS, parseAddress } from "./address.ts";
import { attachmentFault } from "./attachment.ts";
import { NOT_A_LINE } from "./content.ts";
import { tooManyRecipients, type EnvelopeArgs } from "./envelope.ts";
import { DELIVERY_TAG } from "./events.ts";
import { headerFault, unsubscribeFault } from "./headers.ts";
import type { SendArgs } from "./send.ts";
import type { SendRawArgs } from "./send-raw.ts";

const ADDRESSES = ["to", "cc", "bcc", "replyTo", "from"] as const;
const TAG_NAME = /^(?!ses:)[A-Za-z0-9_-]{1,256}$/;
const TAG_VALUE = /^[A-Za-z0-9_.@-]{1,256}$/;

/** What is wrong with arguments that every action has. */
export function envelopeFaults(args: Partial<EnvelopeArgs>): readonly SchemaFault[] {
  const addresses = ADDRESSES.flatMap((field) => {
    const areGood = listOf(args[field]).every((text) => parseAddress(text) !== undefined);
    return areGood ? [] : fault([field], NOT_AN_ADDRESS);
  });
  const { to = [], cc, bcc } = args;
  const tooMany = tooManyRecipients({ to, cc, bcc });
  return [
    ...addresses,
    ...fault(["to"], tooMany),
    ...Object.entries(args.tags ?? {}).flatMap(([name, value]) => fault(["tags"], tagFault(name, value))),
  ];
}

/** And with those of a mail that is written here. */
export function sendFaults(args: Partial<SendArgs>): readonly SchemaFault[] {
  const { subject = "" } = args;
  return [...envelopeFaults(args), ...fault(["subject"], breaksHeader(subject) ? NOT_A_LINE : undefined)];
}

/** And with those of one in MIME. */
export function sendRawFaults(args: Partial<SendRawArgs>): readonly SchemaFault[] {
  const { attachments = [], headers = {}, listUnsubscribe } = args;
  return [
    ...sendFaults(args),
    ...attachments.flatMap((attachment, index) => fault(["attachments", index], attachmentFault(attachment))),
    ...Object.entries(headers).flatMap(([name, value]) => fault(["headers"], headerFault(name, value))),
    ...fault(["listUnsubscribe"], listUnsubscribe === undefined ? undefined : unsubscribeFault(listUnsubscribe)),
  ];
}

function tagFault(name: string, value: string): string | undefined {
  if (name === DELIVERY_TAG) return `has ${JSON.stringify(name)}, which is not yours to write.`;
  if (!TAG_NAME.test(name)) return "has a name with other characters than letters, digits, _ and -.";
  return TAG_VALUE.test(value) ? undefined : "has a value with other characters than letters, digits, _, -, . and @.";
}

function fault(path: readonly [string, ...number[]], what: string | undefined): readonly SchemaFault[] {
  return what === undefined ? [] : [{ path, keyword: "format", message: `${JSON.stringify(path[0])} ${what}` }];
}
