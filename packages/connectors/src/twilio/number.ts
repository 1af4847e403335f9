import { validatePhoneNumberLength } from "libphonenumber-js/min";

/** What people put between digits, and nothing else that could stand there. */
const SEPARATORS = /[ ()./\u2010-\u2013-]/g;
const E_164 = /^\+\d+$/;
/** Far above the fifteen digits that there can be, with what stands between them. */
const LONGEST = 40;

const WRONG: Readonly<Record<NonNullable<ReturnType<typeof validatePhoneNumberLength>>, string>> = {
  INVALID_COUNTRY: "begins with a country code that there is not",
  NOT_A_NUMBER: "is no telephone number",
  TOO_SHORT: "has too few digits for its country",
  TOO_LONG: "has too many digits for its country",
  INVALID_LENGTH: "has a number of digits that there is not in its country",
};

/** A number with its country as Twilio writes it: `+1 (500) 555-0006` is +15005550006. What is none stays as it is. */
export function e164(text: string): string {
  const digits = text.length > LONGEST ? text : text.replaceAll(SEPARATORS, "");
  return E_164.test(digits) ? digits : text;
}

/**
 * What keeps a text from being a number with its country; undefined: nothing. Only country codes and lengths are looked at, as its authors advise:
 * which numbers are given out changes faster than any list, and Twilio knows.
 */
export function numberFault(text: string): string | undefined {
  const number = e164(text);
  if (number.length > LONGEST) return WRONG.TOO_LONG;
  if (!number.startsWith("+")) return "does not begin with + and a country code";
  if (!E_164.test(number)) return "holds something that is no digit";
  const wrong = validatePhoneNumberLength(number);
  return wrong === undefined ? undefined : WRONG[wrong];
}
