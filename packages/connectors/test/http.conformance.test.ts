import { Secret } from "@backstitch/core/connector";
import { describeConnector, type ConnectorSuite } from "@backstitch/core/testing";
import { http } from "@backstitch/connectors/http";
import { httpPeer } from "@backstitch/sandbox";
import { describe } from "vitest";
import { validate } from "./support/validate.ts";

const bearerToken = "canary-bearer-77aa";
const signingSecret = `whsec_${Buffer.from("canary-signing-secret-31f0").toString("base64")}`;
const previousSigningSecret = "canary-signing-secret-before-c4";
const person = "ada.canary@example.org";

const service = {
  headers: { "x-tenant": "acme" },
  bearerToken: new Secret(bearerToken),
  signingSecret: new Secret(signingSecret),
  previousSigningSecret: new Secret(previousSigningSecret),
  captureResponse: { headers: ["content-type", "x-request-id"], body: 1_000 },
};

// A generic request cannot mark its recipients, but must be as silent about them.
const args = { query: { who: `<${person}>` }, headers: { "x-who": `<${person}>` }, body: { mail: `<${person}>` } };

function suite(config: ConnectorSuite["config"], to: { readonly path: string } | { readonly url: string }): ConnectorSuite {
  return {
    validate,
    secrets: [bearerToken, signingSecret, previousSigningSecret],
    recipients: [person],
    config,
    actions: { request: { args: { ...args, ...to }, peer: () => httpPeer(), isOneOfMany: "url" in to } },
  };
}

describe("under a base", () => {
  describeConnector(
    http,
    suite((url) => ({ ...service, baseUrl: `${url}/hooks` }), { path: `orders/of-${encodeURIComponent(person)}` }),
  );
});

describe("to a url", () => {
  const url = `https://hooks.example.com/of-${encodeURIComponent(person)}`;
  describeConnector(
    http,
    suite((standIn) => ({ ...service, allowHosts: ["hooks.example.com"], standIn }), { url }),
  );
});
