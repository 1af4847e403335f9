import type { Row } from "@backstitch/core/values";
import {
  answerOf,
  at,
  BEARER,
  bodyOf,
  fields,
  listOf,
  OBJECT,
  pathParameter,
  problems,
  queryParameter,
  REFRESH,
  TEXT,
  type Describe,
  type Descriptions,
  type InForce,
} from "./parts.ts";

const SESSION = answerOf(
  "Who asks is known by the access token.",
  fields({ accessToken: TEXT, refreshToken: TEXT, userId: TEXT, expiresIn: { type: "integer", description: "Seconds." } }),
);
const PASSWORD: Row = { type: "string", format: "password" };
const CREDENTIALS = fields({ email: { type: "string", format: "email" }, password: PASSWORD });
const TOKEN = fields({ token: TEXT });
const WHO_REGISTERED = "That who has the link is who registered: where it is sent, it must be the password of the registration.";
const CONFIRMATION: Row = {
  type: "object",
  properties: { token: TEXT, password: { ...PASSWORD, description: WHO_REGISTERED } },
  required: ["token"],
};
const LIMITED = [400, 401, 413, 415, 422, 429, 503] as const;
const API_KEY_FIELDS: Row = { id: TEXT, name: TEXT, disabled: { type: "boolean" }, createdAt: { type: "string", format: "date-time" } };

/** Of what is not logged in by OpenID Connect: what the body has. */
function waysIn({ login }: InForce): readonly (readonly [name: string, body: Row])[] {
  const { emailPassword, apiKey, customToken, anonymous, oidc = {} } = login ?? {};
  return [
    ...(emailPassword === undefined ? [] : [["emailPassword", CREDENTIALS] as const]),
    ...(apiKey === true ? [["apiKey", fields({ key: TEXT })] as const] : []),
    ...(customToken === undefined ? [] : [["customToken", TOKEN] as const]),
    ...(anonymous === true ? [["anonymous", OBJECT] as const] : []),
    ...Object.keys(oidc).map((name) => [name, fields({ code: TEXT, codeVerifier: TEXT })] as const),
  ];
}

/** Of each issuer. */
function ofEachIssuer(path: string, operation: (name: string) => Row): Describe {
  return ({ login }) =>
    Object.keys(login?.oidc ?? {}).map((name) => ({ path: `${path}/${encodeURIComponent(name)}`, operation: operation(name) }));
}

const ELSEWHERE = { "302": { description: "Where to go on.", headers: { Location: { schema: TEXT } } } };

/** Of logging in, and of what belongs to it. */
export const LOGIN_DESCRIPTIONS: Descriptions = {
  "POST /v1/auth/login/:provider": (inForce) =>
    waysIn(inForce).map(([name, body]) => ({
      path: `/v1/auth/login/${encodeURIComponent(name)}`,
      operation: open(`Logs in by ${name}`, { requestBody: bodyOf(body), responses: { "200": SESSION, ...problems(...LIMITED) } }),
    })),
  "GET /v1/auth/login/:provider": ofEachIssuer("/v1/auth/login", (name) =>
    open(`Logs in by ${name}, in a browser`, {
      parameters: [
        { ...queryParameter("redirectUri", "Where to come back to, with a code.", TEXT), required: true },
        { ...queryParameter("codeChallenge", "Of PKCE, by S256.", TEXT), required: true },
        queryParameter("state", "Comes back with the code.", TEXT),
      ],
      responses: { ...ELSEWHERE, ...problems(400, 429, 503) },
    }),
  ),
  "GET /v1/auth/callback/:provider": ofEachIssuer("/v1/auth/callback", (name) =>
    open(`Where ${name} sends browsers back to`, {
      parameters: ["code", "state", "error"].map((one) => queryParameter(one, "The issuer's.", TEXT)),
      responses: { ...ELSEWHERE, ...problems(400, 401, 503) },
    }),
  ),
  "POST /v1/auth/session": at(
    "/v1/auth/session",
    asked("Gives other tokens for a refresh token", REFRESH, { responses: { "200": SESSION, ...problems(401, 503) } }),
  ),
  "DELETE /v1/auth/session": at("/v1/auth/session", asked("Logs out", REFRESH, done("The session is over.", 401, 503))),
  "DELETE /v1/auth/sessions": at("/v1/auth/sessions", asked("Logs out everywhere", BEARER, done("All sessions are over.", 401, 503))),
  "GET /v1/auth/profile": at(
    "/v1/auth/profile",
    asked("Tells who asks, as rules see it", BEARER, { responses: { "200": answerOf("The user.", OBJECT), ...problems(401, 503) } }),
  ),
  "GET /.well-known/jwks.json": at(
    "/.well-known/jwks.json",
    open("The keys that access tokens are verified by", {
      responses: {
        "200": {
          description: "https://www.rfc-editor.org/rfc/rfc7517",
          content: { "application/jwk-set+json": { schema: fields({ keys: listOf(OBJECT) }) } },
        },
        ...problems(),
      },
    }),
  ),
  "POST /v1/auth/register": at("/v1/auth/register", mailed("Registers an address", CREDENTIALS)),
  "POST /v1/auth/confirm/send": at("/v1/auth/confirm/send", mailed("Sends the mail of the confirmation again", CREDENTIALS)),
  "POST /v1/auth/confirm": at(
    "/v1/auth/confirm",
    open("Confirms an address", { requestBody: bodyOf(CONFIRMATION), ...done("It is confirmed.", ...LIMITED) }),
  ),
  "POST /v1/auth/reset/send": at(
    "/v1/auth/reset/send",
    mailed("Sends the mail for another password", fields({ email: { type: "string", format: "email" } })),
  ),
  "POST /v1/auth/reset": at(
    "/v1/auth/reset",
    open("Sets another password", { requestBody: bodyOf(fields({ token: TEXT, password: PASSWORD })), ...done("It is set.", ...LIMITED) }),
  ),
  "GET /v1/auth/apiKeys": at(
    "/v1/auth/apiKeys",
    asked("Lists one's own API keys", BEARER, {
      responses: { "200": answerOf("Without what they are.", listOf(fields(API_KEY_FIELDS))), ...problems(401, 403, 503) },
    }),
  ),
  "POST /v1/auth/apiKeys": at(
    "/v1/auth/apiKeys",
    asked("Makes an API key", BEARER, {
      requestBody: bodyOf(fields({ name: { type: "string", maxLength: 100 } })),
      responses: {
        "201": answerOf("`key` is told this once.", fields({ ...API_KEY_FIELDS, key: TEXT })),
        ...problems(400, 401, 403, 409, 415, 422, 503),
      },
    }),
  ),
  "DELETE /v1/auth/apiKeys/:id": at("/v1/auth/apiKeys/{id}", ofOneKey("Deletes an API key")),
  "PUT /v1/auth/apiKeys/:id/disable": at("/v1/auth/apiKeys/{id}/disable", ofOneKey("Disables an API key")),
  "PUT /v1/auth/apiKeys/:id/enable": at("/v1/auth/apiKeys/{id}/enable", ofOneKey("Enables an API key")),
};

function open(summary: string, operation: Row): Row {
  return { tags: ["login"], summary, ...operation };
}

function asked(summary: string, by: Row, operation: Row): Row {
  return { ...open(summary, operation), security: [by] };
}

function mailed(summary: string, body: Row): Row {
  const told = answerOf("Whether there is somebody of this address is not told.");
  return open(summary, { requestBody: bodyOf(body), responses: { "202": told, ...problems(...LIMITED) } });
}

function ofOneKey(summary: string): Row {
  return asked(summary, BEARER, { parameters: [pathParameter("id", TEXT)], ...done("It is done.", 401, 403, 404, 503) });
}

function done(description: string, ...statuses: readonly number[]): Row {
  return { responses: { "204": answerOf(description), ...problems(...statuses) } };
}
