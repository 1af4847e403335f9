import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { place } from "./login-support.ts";
import { server } from "./support.ts";

const postgres = server();
const APP = "https://app.example.com/callback";

/** An issuer that describes itself, and is away once it is told to be. */
async function issuer() {
  const listening = createServer((_, response) => {
    const description = {
      issuer: url,
      authorization_endpoint: `${url}/authorize`,
      token_endpoint: `${url}/token`,
      jwks_uri: `${url}/jwks`,
    };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(description));
  });
  await new Promise<void>((ready) => listening.listen(0, "127.0.0.1", ready));
  const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  const leave = async (): Promise<void> => {
    listening.closeAllConnections();
    await new Promise((closed) => listening.close(closed));
  };
  return { url, leave };
}

test("an issuer that is away when the browser comes back sends it on with an error; the app is not left without an answer", async () => {
  const corp = await issuer();
  const said: unknown[] = [];
  const oidc = { corp: { issuer: corp.url, clientId: "shop", clientSecret: undefined, redirectUris: [APP] } };
  const failed = (error: unknown): void => void said.push(error);
  await using here = await place(postgres(), { oidc, publicUrl: "https://api.example.com" }, { failed });
  const query = new URLSearchParams({ redirectUri: APP, codeChallenge: "c".repeat(43), state: "of the app" });
  const begun = await fetch(`${here.url}/v1/auth/login/corp?${String(query)}`, { redirect: "manual" });
  const state = new URL(begun.headers.get("location") ?? "").searchParams.get("state") ?? "";
  await corp.leave();
  // Another process, which has not asked the issuer what it is.
  const back = await fetch(`${here.otherUrl}/v1/auth/callback/corp?${String(new URLSearchParams({ code: "x", state }))}`, {
    redirect: "manual",
  });
  expect([back.status, back.headers.get("location")]).toEqual([302, `${APP}?error=ISSUER_AWAY&state=of+the+app`]);
  expect(said).toHaveLength(1);
});
