import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";

/** An issuer of OpenID Connect on loopback that lets everybody in as the person it was told of. */
export interface OidcIssuer extends AsyncDisposable {
  readonly url: string;
  /** Whom it says that the next one is. */
  person: Readonly<Record<string, unknown>>;
  /** Changes what the next id token says, as a wrong issuer would. */
  forge: Readonly<Record<string, unknown>>;
  /** Whether a stranger signs it, or nobody. */
  signedBy: "issuer" | "stranger" | "nobody";
}

interface Granted {
  readonly challenge: string;
  readonly nonce: string;
  readonly redirectUri: string;
}

export const CLIENT = { id: "shop", secret: "canary-client-secret-4711" };

export async function startOidcIssuer(): Promise<OidcIssuer> {
  const [{ privateKey, publicKey }, stranger] = await Promise.all([generateKeyPair("RS256"), generateKeyPair("RS256")]);
  const keys = { issuer: privateKey, stranger: stranger.privateKey };
  const jwk = { ...(await exportJWK(publicKey)), kid: "one", alg: "RS256", use: "sig" };
  const codes = new Map<string, Granted>();
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer: OidcIssuer = {
    url,
    person: { sub: "ada" },
    forge: {},
    signedBy: "issuer",
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", url);
    const say = (status: number, body: unknown): void =>
      void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (pathname === "/.well-known/openid-configuration") return say(200, description(url));
    if (pathname === "/jwks") return say(200, { keys: [jwk] });
    if (pathname === "/authorize") return void response.writeHead(302, { location: authorized(codes, searchParams) }).end();
    const asked = new URLSearchParams(await text(request));
    const granted = redeemed(codes, asked);
    if (granted === undefined) return say(400, { error: "invalid_grant" });
    const now = Math.floor(Date.now() / 1000);
    const claims = { nonce: granted.nonce, ...issuer.person, iss: url, aud: CLIENT.id, iat: now, exp: now + 300, ...issuer.forge };
    const signing = new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "one" });
    const token = issuer.signedBy === "nobody" ? new UnsecuredJWT(claims).encode() : await signing.sign(keys[issuer.signedBy]);
    return say(200, { access_token: "opaque", token_type: "Bearer", expires_in: 300, id_token: token });
  }

  return issuer;
}

function description(url: string): object {
  return {
    issuer: url,
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/token`,
    jwks_uri: `${url}/jwks`,
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    code_challenge_methods_supported: ["S256"],
  };
}

/** Where the browser goes back to, with a code. */
function authorized(codes: Map<string, Granted>, asked: URLSearchParams): string {
  const [redirectUri = "", challenge = "", nonce = "", state = ""] = ["redirect_uri", "code_challenge", "nonce", "state"].map(
    (name) => asked.get(name) ?? "",
  );
  const code = randomUUID();
  codes.set(code, { challenge, nonce, redirectUri });
  return `${redirectUri}?${String(new URLSearchParams({ code, state }))}`;
}

/** Who has the secret, the verifier and the code has the token, once. */
function redeemed(codes: Map<string, Granted>, asked: URLSearchParams): Granted | undefined {
  const granted = codes.get(asked.get("code") ?? "");
  codes.delete(asked.get("code") ?? "");
  const challenge = createHash("sha256")
    .update(asked.get("code_verifier") ?? "")
    .digest("base64url");
  const isClient = asked.get("client_id") === CLIENT.id && asked.get("client_secret") === CLIENT.secret;
  return isClient && granted?.challenge === challenge && granted.redirectUri === asked.get("redirect_uri") ? granted : undefined;
}
