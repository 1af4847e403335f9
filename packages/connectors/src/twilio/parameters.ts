import { ConnectorError } from "@backstitch/core/connector";
import { addressAsListed, channelFault } from "./address.ts";
import type { TwilioConfig } from "./config.ts";
import { mediaOf, type SendArgs } from "./send.ts";

/** What the SDK is told. @throws ConnectorError `rejected` where arguments and configuration together make no message. */
export function parametersOf(config: TwilioConfig, args: SendArgs, deliveryId: string) {
  const to = addressAsListed(args.to);
  const sender = senderOf(config, args);
  const { from } = sender;
  const fault = from === undefined ? undefined : channelFault(from, to);
  if (fault !== undefined) throw rejected("TWILIO_CHANNELS_DIFFER", `The sender ${fault}`);
  return { to, ...sender, ...contentOf(args), ...scheduleOf(args), ...callbackOf(config, deliveryId) };
}

interface Sender {
  readonly from?: string;
  readonly messagingServiceSid?: string;
}

/** Who sends: whom the action names, else the service's number, else its Messaging Service; only that can wait for a time. */
function senderOf(config: TwilioConfig, args: SendArgs): Sender {
  const from = args.from ?? (args.messagingServiceSid === undefined ? config.from : undefined);
  const mayPick = from === undefined || args.sendAt !== undefined;
  const messagingServiceSid = args.messagingServiceSid ?? (mayPick ? config.messagingServiceSid : undefined);
  if (args.sendAt !== undefined && messagingServiceSid === undefined) {
    // Without one Twilio takes the message, forgets the time, and sends it at once.
    const remedy = 'Give "messagingServiceSid" in the action or in the service\'s configuration.';
    throw rejected("TWILIO_SCHEDULE_NEEDS_SERVICE", `Only a Messaging Service sends at a later time. ${remedy}`);
  }
  if (from === undefined && messagingServiceSid === undefined) {
    const remedy = 'Give "from" or "messagingServiceSid" in the action or in the service\'s configuration.';
    throw rejected("TWILIO_NO_SENDER", `The message has no sender. ${remedy}`);
  }
  return {
    ...(from === undefined ? {} : { from: addressAsListed(from) }),
    ...(messagingServiceSid === undefined ? {} : { messagingServiceSid }),
  };
}

function contentOf(args: SendArgs) {
  const { body, contentSid, contentVariables, smartEncoded } = args;
  const mediaUrl = [...mediaOf(args)];
  if (body === undefined && contentSid === undefined && mediaUrl.length === 0) {
    throw rejected("TWILIO_NO_CONTENT", 'The message has nothing in it. Give "body", "mediaUrl" or "contentSid".');
  }
  if (contentVariables !== undefined && contentSid === undefined) {
    throw rejected("TWILIO_NO_TEMPLATE", '"contentVariables" are those of a template, and there is none. Give "contentSid".');
  }
  return {
    ...(body === undefined ? {} : { body }),
    ...(mediaUrl.length === 0 ? {} : { mediaUrl }),
    ...(contentSid === undefined ? {} : { contentSid }),
    ...(contentVariables === undefined ? {} : { contentVariables: variablesText(contentVariables) }),
    ...(smartEncoded === undefined ? {} : { smartEncoded }),
  };
}

/** Half a character would be written as an escape, and be half of one there. */
function variablesText(variables: NonNullable<SendArgs["contentVariables"]>): string {
  return JSON.stringify(variables, (_name, held: unknown) => (typeof held === "string" ? held.toWellFormed() : held));
}

function scheduleOf({ sendAt, validityPeriod }: SendArgs) {
  return {
    ...(sendAt === undefined ? {} : { sendAt: new Date(sendAt), scheduleType: "fixed" as const }),
    ...(validityPeriod === undefined ? {} : { validityPeriod }),
  };
}

/** Whoever is called learns of which delivery, even where the answer to our request was lost. */
function callbackOf({ statusCallback }: TwilioConfig, deliveryId: string): { readonly statusCallback?: string } {
  if (statusCallback === undefined) return {};
  const url = new URL(statusCallback);
  url.searchParams.set("delivery", deliveryId);
  return { statusCallback: url.href };
}

function rejected(code: string, reason: string): ConnectorError {
  return new ConnectorError("rejected", code, reason);
}
