import { rowFrom, type Row, type Value } from "@backstitch/core/values";
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientSecretPost,
  type Configuration,
  discovery,
  enableNonRepudiationChecks,
  None,
  randomNonce,
  randomPKCECodeVerifier,
} from "openid-client";
import { HttpProblem } from "../http/problem.ts";
import type { Queries } from "../postgres/database.ts";
import { isSubject, metadataOf } from "./metadata.ts";
import { rowOf } from "./row-of.ts";
import type { MetadataField, OidcOptions } from "./settings.ts";
import { takeTicket, writeTicket } from "./tickets.ts";
import { MINUTE_MS } from "./time.ts";

/** What an app begins with: RFC 7636 between the app and this place, so that only the app that began can end it. */
export interface OidcRequest {
  readonly redirectUri: string;
  /** S256. */
  readonly codeChallenge: string;
  /** Given back to the app as it is. */
  readonly state: string | undefined;
}

/** Login by another's OpenID Connect: https://openid.net/specs/openid-connect-core-1_0.html */
export interface Oidc {
  /** Where the browser goes. @throws HttpProblem 400, 503 */
  begin(request: OidcRequest): Promise<string>;
  /** Where the browser goes on: to the app, with a code or an error. @param url By which it came back. @throws HttpProblem 400 */
  comeBack(url: URL, found: (subject: string, data: Row) => Promise<string>): Promise<string>;
  /** The user that a code stands for. @throws HttpProblem 401 */
  redeem(given: { readonly code: string; readonly codeVerifier: string }): Promise<string>;
}

export interface OidcParts {
  readonly name: string;
  readonly options: OidcOptions;
  /** Of this place, where the issuer sends browsers back to. */
  readonly callback: string;
  readonly queries: Queries;
  readonly now: () => number;
  /** Told of what the issuer does wrong. */
  readonly failed: (error: unknown) => void;
}

const USUAL_FIELDS: readonly MetadataField[] = [{ name: "email" }, { name: "name" }, { name: "picture" }];
const ON_THE_WAY_MS = 10 * MINUTE_MS;
const CODE_MS = MINUTE_MS;
const TIMEOUT_S = 10;
const LONGEST_STATE = 512;

export function createOidc(parts: OidcParts): Oidc {
  const { name, options, callback, queries, now } = parts;
  const configured = discovered(parts);
  return {
    async begin({ redirectUri, codeChallenge, state }) {
      checkRequest(options, { redirectUri, codeChallenge, state });
      const config = await configured();
      const [verifier, nonce] = [randomPKCECodeVerifier(), randomNonce()];
      const held: Row = { name, redirectUri, codeChallenge, state: state ?? null, verifier, nonce };
      const ticket = await writeTicket(queries, { purpose: "oidc-state", held, until: now() + ON_THE_WAY_MS });
      return buildAuthorizationUrl(config, {
        redirect_uri: callback,
        scope: (options.scopes ?? ["openid", "email", "profile"]).join(" "),
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
        state: ticket,
        nonce,
      }).href;
    },
    async comeBack(url, found) {
      const begun = await takeState(parts, url.searchParams.get("state") ?? "");
      const answer = await configured()
        .then((config) => userOf(parts, { config, url, begun }, found))
        .catch((error: unknown) => {
          if (!(error instanceof HttpProblem)) parts.failed(error);
          return { error: error instanceof HttpProblem ? error.code : "LOGIN_REFUSED" };
        });
      const back = new URL(begun.redirectUri);
      if ("error" in answer) back.searchParams.set("error", answer.error);
      else {
        const held: Row = { name, userId: answer.userId, codeChallenge: begun.codeChallenge };
        back.searchParams.set(
          "code",
          await writeTicket(queries, { purpose: "oidc-code", userId: answer.userId, held, until: now() + CODE_MS }),
        );
      }
      if (begun.appState !== undefined) back.searchParams.set("state", begun.appState);
      return back.href;
    },
    async redeem({ code, codeVerifier }) {
      const held = (await takeTicket(queries, "oidc-code", { secret: code, now: now() })) ?? {};
      const { userId, codeChallenge } = held;
      const isTheirs = held["name"] === name && (await calculatePKCECodeChallenge(codeVerifier)) === codeChallenge;
      if (!isTheirs || typeof userId !== "string")
        throw new HttpProblem(401, "LOGIN_REFUSED", "The code is not valid, or was used already.");
      return userId;
    },
  };
}

/** Asked for when somebody first logs in, and again where it could not be had: 503 then. */
function discovered({ name, options: { issuer, clientId, clientSecret }, failed }: OidcParts): () => Promise<Configuration> {
  let asked: Promise<Configuration> | undefined;
  const secret = clientSecret?.reveal();
  return () => {
    // The project's check lets plain HTTP through for this machine alone.
    const execute = [enableNonRepudiationChecks, ...(issuer.startsWith("http:") ? [allowInsecureRequests] : [])];
    const authentication = secret === undefined ? None() : ClientSecretPost(secret);
    asked ??= discovery(new URL(issuer), clientId, undefined, authentication, { execute, timeout: TIMEOUT_S }).catch((error: unknown) => {
      asked = undefined;
      failed(error);
      throw new HttpProblem(503, "ISSUER_AWAY", `"${name}" cannot be reached now.`, { headers: { "retry-after": "5" } });
    });
    return asked;
  };
}

function checkRequest({ redirectUris }: OidcOptions, { redirectUri, codeChallenge, state }: OidcRequest): void {
  if (!redirectUris.includes(redirectUri))
    throw new HttpProblem(400, "REDIRECT_NOT_ALLOWED", 'What "redirectUri" is given is not among the "redirectUris" of the project.');
  if (!/^[A-Za-z0-9_-]{43}$/.test(codeChallenge))
    throw new HttpProblem(400, "CODE_CHALLENGE_INVALID", '"codeChallenge" is the base64url of a SHA-256: 43 characters.');
  if (state !== undefined && state.length > LONGEST_STATE)
    throw new HttpProblem(400, "STATE_TOO_LONG", `"state" has at most ${LONGEST_STATE} characters.`);
}

interface Begun {
  readonly ticket: string;
  readonly redirectUri: string;
  readonly codeChallenge: string;
  readonly appState: string | undefined;
  readonly verifier: string;
  readonly nonce: string;
}

async function takeState({ name, queries, now }: OidcParts, ticket: string): Promise<Begun> {
  const held = await takeTicket(queries, "oidc-state", { secret: ticket, now: now() });
  const text = (key: string): string => (typeof held?.[key] === "string" ? held[key] : "");
  if (held?.["name"] !== name) throw new HttpProblem(400, "STATE_INVALID", "This login was not begun here, or too long ago. Begin again.");
  return {
    ticket,
    redirectUri: text("redirectUri"),
    codeChallenge: text("codeChallenge"),
    appState: typeof held["state"] === "string" ? held["state"] : undefined,
    verifier: text("verifier"),
    nonce: text("nonce"),
  };
}

interface Returned {
  readonly config: Configuration;
  readonly url: URL;
  readonly begun: Begun;
}

async function userOf(
  { options, callback }: OidcParts,
  { config, url, begun }: Returned,
  found: (subject: string, data: Row) => Promise<string>,
): Promise<{ readonly userId: string } | { readonly error: string }> {
  if (url.searchParams.has("error")) return { error: "LOGIN_REFUSED" };
  const granted = await authorizationCodeGrant(config, new URL(`${callback}${url.search}`), {
    pkceCodeVerifier: begun.verifier,
    expectedNonce: begun.nonce,
    expectedState: begun.ticket,
    idTokenExpected: true,
  });
  const claims = trusted(rowOf(JSON.stringify(granted.claims() ?? {})));
  const { sub } = claims;
  if (!isSubject(sub)) return { error: "LOGIN_REFUSED" };
  return { userId: await found(sub, metadataOf(claims, options.metadataFields ?? USUAL_FIELDS)) };
}

/** An address that nobody has confirmed may be anybody's, and rules would take it for theirs. */
function trusted(claims: Row): Row {
  if (claims["email_verified"] === true) return claims;
  return rowFrom<Value>(Object.entries(claims).filter(([name]) => name !== "email"));
}
