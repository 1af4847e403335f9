import type { CodedFault, PeerAnswer } from "../server.ts";

/** What Twilio says of an error; `{}` is the value it quotes. https://www.twilio.com/docs/api/errors */
const ERRORS = {
  20003: [401, "Authenticate"],
  20005: [401, "Account {} is not active"],
  20404: [404, "The requested resource {} was not found"],
  20429: [429, "Too Many Requests"],
  20500: [500, "An internal server error has occurred"],
  20503: [503, "Service is unavailable. Please try again"],
  21211: [400, "Invalid 'To' Phone Number: {}"],
  21212: [400, "Invalid From Number (caller ID): {}"],
  21217: [400, "Phone number {} does not appear to be valid"],
  21408: [400, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {}"],
  21602: [400, "Message body is required."],
  21603: [400, "A 'From' phone number is required."],
  21604: [400, "A 'To' phone number is required."],
  21606: [400, "The 'From' phone number {} is not a valid, message-capable Twilio phone number for this destination"],
  21608: [400, "The number {} is unverified. Trial accounts cannot send messages to unverified numbers"],
  21610: [400, "Attempt to send to unsubscribed recipient {}"],
  21611: [400, "This 'From' number {} has exceeded the maximum number of queued messages"],
  21612: [400, "Message cannot be sent with the current combination of 'To' ({}) and/or 'From' parameters"],
  21614: [400, "'To' number: {}, is not a valid mobile number"],
  21617: [400, "The concatenated message body exceeds the 1600 character limit"],
  21620: [400, "Invalid media URL(s)"],
  21635: [400, "'To' number: {}, cannot be a landline"],
  21655: [400, "The ContentSid is Invalid"],
  21656: [400, "The ContentVariables Parameter is invalid"],
  21658: [400, "Parameter exceeded character limit"],
  21703: [400, "The Messaging Service does not have a phone number available to send a message"],
  21705: [400, "The Messaging Service {} is invalid"],
  21910: [400, "Invalid From and To pair. From and To should be of the same channel"],
  35114: [400, "Scheduling does not support this timestamp"],
  63038: [429, "Account {} exceeded the daily messages limit"],
  90007: [400, "Validity Period is not valid"],
} as const;

export type TwilioCode = keyof typeof ERRORS;

/** An error as Twilio sends it. */
export function twilioError(code: TwilioCode, quoted = ""): PeerAnswer {
  const [status, text] = ERRORS[code];
  return json(status, { code, message: text.replace("{}", quoted), more_info: `https://www.twilio.com/docs/errors/${code}`, status });
}

/** A JSON answer. */
export function json(status: number, body: object): PeerAnswer {
  return { status, headers: { "content-type": "application/json;charset=utf-8" }, body: JSON.stringify(body) };
}

/** An error that a test asks for, known or not. */
export function twilioCoded({ code, message, status }: CodedFault): PeerAnswer {
  const known: readonly [number, string] | undefined = Object.hasOwn(ERRORS, code) ? ERRORS[Number(code) as TwilioCode] : undefined;
  const [usual, text] = known ?? [400, "Something is wrong"];
  const answered = status ?? usual;
  const body = { code: Number(code), message: message ?? text, more_info: `https://www.twilio.com/docs/errors/${code}`, status: answered };
  return json(answered, body);
}
