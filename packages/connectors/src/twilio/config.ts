import type { FromSchema, JsonSchema } from "@backstitch/core/connector";

export const configSchema = {
  type: "object",
  additionalProperties: false,
  required: ["accountSid", "authToken"],
  properties: {
    accountSid: {
      type: "string",
      pattern: "^AC[0-9a-zA-Z]+$",
      description: "The account: AC and 32 hexadecimal digits, from the Twilio console.",
    },
    authToken: { type: "string", secret: true, description: "The account's auth token." },
    from: {
      type: "string",
      minLength: 1,
      description: "The sender where an action names none: a number in E.164 form, a short code or a name.",
    },
    messagingServiceSid: {
      type: "string",
      pattern: "^MG[0-9a-zA-Z]+$",
      description: "Picks the sender where neither the action nor `from` names one.",
    },
    statusCallback: {
      type: "string",
      pattern: "^https?://[^/?#\\s]+[^\\s]*$",
      description: "Where Twilio tells what becomes of a message: called with the delivery's id added as `delivery`.",
    },
    baseUrl: { type: "string", pattern: "^https?://", description: "Another endpoint than https://api.twilio.com: a sandbox or a proxy." },
  },
} as const satisfies JsonSchema;

/** One Twilio account. */
export type TwilioConfig = FromSchema<typeof configSchema>;
