export { isSignedByTwilio } from "./signature.ts";
export { createTwilio, twilio } from "./twilio.ts";
export type { TwilioConfig } from "./config.ts";
export type { CallOptions, Calls } from "../shared/plain.ts";
