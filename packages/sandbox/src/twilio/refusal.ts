import { twilioError, type TwilioCode } from "./errors.ts";
import type { PeerAnswer } from "../server.ts";

/** Numbers that always fail in one way: https://www.twilio.com/docs/iam/test-credentials#test-sms-messages */
const MAGIC_TO: Readonly<Record<string, TwilioCode>> = {
  "+15005550001": 21211,
  "+15005550002": 21612,
  "+15005550003": 21408,
  "+15005550004": 21610,
  "+15005550009": 21614,
};
const MAGIC_FROM: Readonly<Record<string, TwilioCode>> = {
  "+15005550001": 21212,
  "+15005550007": 21606,
  "+15005550008": 21611,
};

const E_164 = /^\+[1-9]\d{6,14}$/;
const CHANNEL = /^[a-z]+:.+$/;
const SENDER = /^(?:\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 +\-_&]{1,11})$/;
const LONGEST_BODY = 1_600;

/** Why Twilio would not take the message; undefined: it takes it. */
export function refusal(form: URLSearchParams): PeerAnswer | undefined {
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
  const magicFrom = MAGIC_FROM[from];
  if (magicFrom !== undefined) return twilioError(magicFrom, from);
  const magicTo = MAGIC_TO[to];
  return magicTo === undefined ? undefined : twilioError(magicTo, to);
}

function isMedia(url: string): boolean {
  return /^https?:\/\//i.test(url) && URL.canParse(url);
}
