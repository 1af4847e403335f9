import { Secret } from "@backstitch/core/connector";
import { describeConnector } from "@backstitch/core/testing";
import { twilio } from "@backstitch/connectors/twilio";
import { twilioPeer } from "@backstitch/sandbox";
import { validate } from "./support/validate.ts";

const accountSid = `AC${"0".repeat(32)}`;
const authToken = "canary-token-1f4b";
const to = "+15551230987";

// The SDK would print each request, recipient included, if the connector let it.
process.env["TWILIO_LOG_LEVEL"] = "debug";

describeConnector(twilio, {
  validate,
  secrets: [authToken],
  recipients: [to],
  config: (baseUrl) => ({ accountSid, authToken: new Secret(authToken), from: "+15005550006", baseUrl }),
  actions: { send: { args: { to, body: `Hello ${to}, your order is late` }, peer: () => twilioPeer() } },
});
