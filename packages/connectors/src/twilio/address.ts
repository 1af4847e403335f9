import { e164, numberFault } from "./number.ts";

/** `whatsapp:+15005550006`: a channel, and who it is there. https://www.twilio.com/docs/messaging/channels */
const CHANNEL = /^([a-z][a-z0-9_]*):(.*)$/s;
/** On these who it is there is a telephone number, and so is what receives by any name. */
const BY_NUMBER: ReadonlySet<string> = new Set(["whatsapp", "rcs"]);
const PRINTABLE = /^[!-~]{1,256}$/;
/** A short code, or a name with a letter in it. https://www.twilio.com/docs/glossary/what-alphanumeric-sender-id */
const SENDER = /^(?:\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 +\-_&]{1,11})$/;

/** The channel of an address; `sms` where it names none. */
export function channelOf(address: string): string {
  return CHANNEL.exec(address)?.[1] ?? "sms";
}

/** An address as Twilio writes it: numbers without what stands between their digits. */
export function addressAsListed(address: string): string {
  const [, channel, inside = ""] = CHANNEL.exec(address) ?? [];
  return channel === undefined ? e164(address) : BY_NUMBER.has(channel) ? `${channel}:${e164(inside)}` : address;
}

/** What keeps a text from being a recipient, as the rest of a sentence; undefined: nothing. */
export function recipientFault(address: string): string | undefined {
  const [, channel, inside = ""] = CHANNEL.exec(address) ?? [];
  if (channel === undefined || BY_NUMBER.has(channel)) return withRemedy(numberFault(channel === undefined ? address : inside));
  return PRINTABLE.test(inside) ? undefined : "names a channel and nobody on it: after the colon come letters, digits and signs of ASCII.";
}

/** What keeps a text from being a sender, as the rest of a sentence; undefined: nothing. */
export function senderFault(address: string): string | undefined {
  const [, channel, inside = ""] = CHANNEL.exec(address) ?? [];
  if (channel === "whatsapp") return withRemedy(numberFault(inside));
  if (channel !== undefined) {
    return PRINTABLE.test(inside)
      ? undefined
      : "names a channel and nobody on it: after the colon come letters, digits and signs of ASCII.";
  }
  if (address.startsWith("+")) return withRemedy(numberFault(address));
  return SENDER.test(address)
    ? undefined
    : "is no number (+15005550006), no short code (12345), and no name of up to 11 letters and digits.";
}

/** What keeps a sender from reaching a recipient, as the rest of a sentence; undefined: nothing. */
export function channelFault(from: string, to: string | undefined): string | undefined {
  if (to === undefined || channelOf(from) === channelOf(to)) return undefined;
  return `is on another channel than the recipient. Give a "from" on the channel of the recipient, which is "${channelOf(to)}", or a Messaging Service.`;
}

function withRemedy(fault: string | undefined): string | undefined {
  return fault === undefined ? undefined : `${fault}. Write the number with its country: +15005550006, or whatsapp:+15005550006.`;
}
