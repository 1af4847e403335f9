import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Secret } from "@backstitch/core/connector";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWK } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LoginOptions } from "../src/index.ts";
import { login, place, profile, type Place } from "./login-support.ts";
import { server } from "./support.ts";

const postgres = server();
type Options = NonNullable<LoginOptions["customToken"]>;
const SECRET = "canary-".padEnd(40, "s");
const OLD_SECRET = "older-".padEnd(40, "s");
const HS: Options = { algorithm: "HS256", secrets: [new Secret(SECRET), new Secret(OLD_SECRET)], audience: ["shop", "other-shop"] };
const CLAIMS = { sub: "ada", aud: "shop", email: "ada@example.com", address: { city: "Bonn" }, "a.b": 1 };

interface Keys {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

let one: Keys;
let two: Keys;
let published: Server;
let jwksUri = "";
let served: JWK[] = [];
let asked = 0;
let isAway = false;
beforeAll(async () => {
  [one, two] = await Promise.all([generateKeyPair("RS256", { extractable: true }), generateKeyPair("RS256", { extractable: true })]);
  published = createServer((_, response) => {
    asked++;
    if (isAway) return void response.writeHead(500).end();
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ keys: served }));
  });
  await new Promise<void>((listening) => published.listen(0, "127.0.0.1", listening));
  jwksUri = `http://127.0.0.1:${(published.address() as AddressInfo).port}/keys`;
});
afterAll(() => new Promise((closed) => void published.close(closed)));

interface Signing {
  readonly alg?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly lasts?: string;
}

function sign(key: CryptoKey | Uint8Array, { alg = "HS256", claims = CLAIMS, header = {}, lasts = "5m" }: Signing = {}): Promise<string> {
  return new SignJWT({ ...claims })
    .setProtectedHeader({ ...header, alg })
    .setIssuedAt()
    .setExpirationTime(lasts)
    .sign(key);
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

async function code(here: Place, token: string): Promise<unknown> {
  const { status, code: told } = await here.ask("/v1/auth/login/customToken", { json: { token } });
  return status === 200 ? "in" : told;
}

describe("another's token", () => {
  test("logs in whom it is about, and its claims are their data", async () => {
    const metadataFields = [{ name: "email" }, { name: "address.city", field: "city" }, { name: "a\\.b", field: "ab" }, { name: "none" }];
    await using here = await place(postgres(), { customToken: { ...HS, metadataFields } });
    const { userId, accessToken } = await login(here.ask, "customToken", { token: await sign(bytes(SECRET)) });
    expect((await profile(here.ask, accessToken)).body).toEqual({
      id: userId,
      type: "normal",
      data: { email: "ada@example.com", city: "Bonn", ab: 1 },
      customData: {},
      identities: [{ id: "ada", providerType: "customToken" }],
    });
    const again = await login(here.other, "customToken", {
      token: await sign(bytes(OLD_SECRET), { claims: { sub: "ada", aud: ["x", "shop"] } }),
    });
    expect(again.userId).toBe(userId);
    expect((await profile(here.ask, again.accessToken)).body).toMatchObject({ data: {} });
  });

  test("logs in at once and twice: it is one user", async () => {
    await using here = await place(postgres(), { customToken: HS });
    const token = await sign(bytes(SECRET));
    const all = await Promise.all([here.ask, here.other, here.ask, here.other].map((ask) => login(ask, "customToken", { token })));
    expect(new Set(all.map(({ userId }) => userId)).size).toBe(1);
    expect(await here.sql("SELECT id FROM backstitch.login_user")).toHaveLength(1);
  });

  test("of HS256 is refused where anything is not as it must be", async () => {
    await using here = await place(postgres(), {
      customToken: { ...HS, issuer: "issuer", metadataFields: [{ name: "email", required: true }] },
    });
    const claims = { ...CLAIMS, iss: "issuer" };
    const key = bytes(SECRET);
    expect(await code(here, await sign(key, { claims }))).toBe("in");
    const { aud: _aud, ...noAudience } = claims;
    const { sub: _sub, ...nobody } = claims;
    const { email: _email, ...noEmail } = claims;
    const refused: Record<string, string> = {
      "another key": await sign(bytes("x".repeat(40)), { claims }),
      "another algorithm": await sign(key, { alg: "HS512", claims }),
      none: new UnsecuredJWT(claims).setExpirationTime("5m").encode(),
      "it has expired": await sign(key, { claims, lasts: "-5m" }),
      "it never expires": await new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(key),
      "it is not yet good": await sign(key, { claims: { ...claims, nbf: Date.now() / 1000 + 600 } }),
      "no audience": await sign(key, { claims: noAudience }),
      "another audience": await sign(key, { claims: { ...claims, aud: "shop2" } }),
      "no issuer": await sign(key, { claims: CLAIMS }),
      nobody: await sign(key, { claims: nobody }),
      "an empty subject": await sign(key, { claims: { ...claims, sub: "" } }),
      "a subject that is a number": await sign(key, { claims: { ...claims, sub: 7 } }),
      "a long subject": await sign(key, { claims: { ...claims, sub: "s".repeat(256) } }),
      garbage: "a.b.c",
    };
    // Sooner than the refusals are too many.
    for (const [why, token] of Object.entries(refused)) expect([why, await code(here, token)]).toEqual([why, "LOGIN_REFUSED"]);
    expect(await code(here, await sign(key, { claims: noEmail }))).toBe("CLAIM_MISSING");
    expect(await here.sql("SELECT id FROM backstitch.login_user")).toHaveLength(1);
  });

  test("of RS256 is verified by its key, and never by its key as a secret", async () => {
    const pem = await exportSPKI(one.publicKey);
    await using here = await place(postgres(), { customToken: { algorithm: "RS256", publicKeys: [pem], audience: ["shop"] } });
    expect(await code(here, await sign(one.privateKey, { alg: "RS256" }))).toBe("in");
    for (const key of [pem, pem.trim(), `${pem}\n`, JSON.stringify(await exportJWK(one.publicKey))])
      expect(await code(here, await sign(bytes(key)))).toBe("LOGIN_REFUSED");
    expect(await code(here, await sign(two.privateKey, { alg: "RS256" }))).toBe("LOGIN_REFUSED");
    expect(await code(here, new UnsecuredJWT(CLAIMS).setExpirationTime("5m").encode())).toBe("LOGIN_REFUSED");
    const brought = { jwk: await exportJWK(two.publicKey), jku: jwksUri };
    expect(await code(here, await sign(two.privateKey, { alg: "RS256", header: brought }))).toBe("LOGIN_REFUSED");
  });

  test("is verified by what its issuer publishes; that is asked for once, and where it is away nobody is refused for good", async () => {
    served = [{ ...(await exportJWK(one.publicKey)), kid: "one", alg: "RS256" }];
    asked = 0;
    await using here = await place(postgres(), { customToken: { algorithm: "RS256", jwksUri, audience: ["shop"] } });
    const token = await sign(one.privateKey, { alg: "RS256", header: { kid: "one" } });
    expect([await code(here, token), await code(here, token)]).toEqual(["in", "in"]);
    for (const kid of ["two", "three", "four"])
      expect(await code(here, await sign(two.privateKey, { alg: "RS256", header: { kid } }))).toBe("LOGIN_REFUSED");
    expect(await code(here, await sign(two.privateKey, { alg: "RS256", header: { kid: "one" } }))).toBe("LOGIN_REFUSED");
    expect(await code(here, await sign(bytes(JSON.stringify(served[0])), { header: { kid: "one" } }))).toBe("LOGIN_REFUSED");
    expect(asked).toBe(1);
    await using away = await place(postgres(), {
      customToken: { algorithm: "RS256", jwksUri: "http://127.0.0.1:1/keys", audience: ["shop"] },
    });
    expect(await code(away, token)).toBe("ISSUER_AWAY");
  });
});

test("a token that names none of the published keys is tried with each that fits", async () => {
  served = await Promise.all(
    [one, two].map(async ({ publicKey }, nth) => ({ ...(await exportJWK(publicKey)), kid: `${nth}`, alg: "RS256" })),
  );
  await using here = await place(postgres(), { customToken: { algorithm: "RS256", jwksUri, audience: ["shop"] } });
  const stranger = await generateKeyPair("RS256");
  const codes = [];
  for (const { privateKey } of [one, two, stranger]) codes.push(await code(here, await sign(privateKey, { alg: "RS256" })));
  expect(codes).toEqual(["in", "in", "LOGIN_REFUSED"]);
  expect(await code(here, await sign(two.privateKey, { alg: "RS256", lasts: "-5m" }))).toBe("LOGIN_REFUSED");
});

test("what could not be looked at is no attempt: after it the right token still logs in", async () => {
  served = [{ ...(await exportJWK(one.publicKey)), alg: "RS256" }];
  await using here = await place(postgres(), { customToken: { algorithm: "RS256", jwksUri, audience: ["shop"] } });
  const token = await sign(one.privateKey, { alg: "RS256" });
  isAway = true;
  try {
    for (let nth = 0; nth < 2; nth++) expect(await code(here, token)).toBe("ISSUER_AWAY");
    expect(await here.sql("SELECT count FROM backstitch.login_attempt")).toMatchObject([{ count: 0 }]);
  } finally {
    isAway = false;
  }
  expect(await code(here, token)).toBe("in");
});

test("a public key that is none is said at once", async () => {
  const publicKeys = ["-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"];
  await expect(place(postgres(), { customToken: { algorithm: "RS256", publicKeys, audience: ["shop"] } })).rejects.toThrow(
    'backstitch.json, gateway.login.customToken: the first of the "publicKeys" is no key of RS256.',
  );
});
