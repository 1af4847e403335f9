export { twilio } from "./twilio.ts";
export type { TwilioConfig } from "./config.ts";
