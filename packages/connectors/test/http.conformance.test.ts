import { Secret } from "@backstitch/core/connector";
import { describeConnector } from "@backstitch/core/testing";
import { http } from "@backstitch/connectors/http";
import { httpPeer } from "@backstitch/sandbox";
import { validate } from "./support/validate.ts";

const bearerToken = "canary-bearer-77aa";
const signingSecret = `whsec_${Buffer.from("canary-signing-secret-31f0").toString("base64")}`;
const person = "ada.canary@example.org";

const previousSigningSecret = "canary-signing-secret-before-c4";

describeConnector(http, {
  validate,
  secrets: [bearerToken, signingSecret, previousSigningSecret],
  recipients: [person],
  config: (url) => ({
    baseUrl: `${url}/hooks`,
    headers: { "x-tenant": "acme" },
    bearerToken: new Secret(bearerToken),
    signingSecret: new Secret(signingSecret),
    previousSigningSecret: new Secret(previousSigningSecret),
    captureResponse: { headers: ["content-type", "x-request-id"], body: 1_000 },
  }),
  actions: {
    request: {
      // A generic request cannot mark its recipients, but must be as silent about them.
      args: {
        path: `orders/of-${encodeURIComponent(person)}`,
        query: { who: `<${person}>` },
        headers: { "x-who": `<${person}>` },
        body: { mail: `<${person}>` },
      },
      peer: () => httpPeer(),
    },
  },
});
