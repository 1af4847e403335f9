import { twilioError, type TwilioCode } from "./errors.ts";
import type { PeerAnswer } from "../server.ts";

/** Numbers that always fail in one way: https://www.twilio.com/docs/iam/test-credentials#test-sms-messages */
const MAGIC_TO: ReadonlyMap<string, TwilioCode> = new Map([
  ["+15005550001", 21211],
  ["+15005550002", 21612],
  ["+15005550003", 21408],
  ["+15005550004", 21610],
  ["+15005550009", 21614],
]);
const MAGIC_FROM: ReadonlyMap<string, TwilioCode> = new Map([
  ["+15005550001", 21212],
  ["+15005550007", 21606],
  ["+15005550008", 21611],
]);

const E_164 = /^\+[1-9]\d{6,14}$/;
const CHANNEL = /^[a-z]+:.+$/;
const SENDER = /^(?:\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 +\-_&]{1,11})$/;
const LONGEST_BODY = 1_600;

/** Why Twilio would not take the message; undefined: it takes it. */
export function refusal(form: URLSearchParams, now: Date): PeerAnswer | undefined {
  return unaddressed(form) ?? unfit(form, now) ?? magic(form);
}

function unaddressed(form: URLSearchParams): PeerAnswer | undefined {
  const to = form.get("To") ?? "";
  const from = form.get("From") ?? "";
  const body = form.get("Body") ?? "";
  const byService = form.has("MessagingServiceSid");
  if (to === "") return twilioError(21604);
  if (from === "" && !byService) return twilioError(21603);
  if (body === "" && !form.has("MediaUrl") && !form.has("ContentSid")) return twilioError(21602);
  if (!E_164.test(to) && !CHANNEL.test(to)) return twilioError(21211, to);
  if (body.length > LONGEST_BODY) return twilioError(21617);
  if (!form.getAll("MediaUrl").every(isMedia)) return twilioError(21620);
  if (from !== "" && !E_164.test(from) && !CHANNEL.test(from) && !SENDER.test(from)) return twilioError(21212, from);
  return from !== "" && channelOf(from) !== channelOf(to) ? twilioError(21910) : undefined;
}

/** Of what only some messages have. */
function unfit(form: URLSearchParams, now: Date): PeerAnswer | undefined {
  const service = form.get("MessagingServiceSid");
  if (service !== null && !/^MG[0-9a-f]{32}$/i.test(service)) return twilioError(21705, service);
  const template = form.get("ContentSid");
  if (template !== null && !/^HX[0-9a-f]{32}$/i.test(template)) return twilioError(21655);
  const variables = form.get("ContentVariables");
  if (variables !== null && !areVariables(variables)) return twilioError(21656);
  const validity = form.get("ValidityPeriod");
  if (validity !== null && !(Number(validity) >= 1 && Number(validity) <= LONGEST_VALIDITY)) return twilioError(90007);
  return isScheduled(form) && !isAhead(form.get("SendAt") ?? "", now) ? twilioError(35114) : undefined;
}

/** Without a Messaging Service the time is forgotten: https://www.twilio.com/docs/messaging/features/message-scheduling */
export function isScheduled(form: URLSearchParams): boolean {
  return form.get("ScheduleType") === "fixed" && form.has("SendAt") && form.has("MessagingServiceSid");
}

function magic(form: URLSearchParams): PeerAnswer | undefined {
  const to = form.get("To") ?? "";
  const from = form.get("From") ?? "";
  const magicFrom = MAGIC_FROM.get(from);
  if (magicFrom !== undefined) return twilioError(magicFrom, from);
  const magicTo = MAGIC_TO.get(to);
  return magicTo === undefined ? undefined : twilioError(magicTo, to);
}

const LONGEST_VALIDITY = 36_000;
const SOONEST_MS = 15 * 60_000;
const LATEST_MS = 35 * 86_400_000;

function isAhead(sendAt: string, now: Date): boolean {
  const ahead = Date.parse(sendAt) - now.getTime();
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(sendAt) && ahead >= SOONEST_MS && ahead <= LATEST_MS;
}

function areVariables(text: string): boolean {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === "object" && read !== null && Object.values(read).every((value) => typeof value === "string" && value !== "");
  } catch {
    return false;
  }
}

function channelOf(address: string): string {
  return /^([a-z]+):/.exec(address)?.[1] ?? "sms";
}

function isMedia(url: string): boolean {
  return /^https?:\/\//i.test(url) && URL.canParse(url);
}
