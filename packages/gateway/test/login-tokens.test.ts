import { exportSPKI, generateKeyPair, importJWK, SignJWT, UnsecuredJWT, type JWK, type JWTHeaderParameters, type JWTPayload } from "jose";
import { describe, expect, test } from "vitest";
import { DAY, login, MINUTE, place, profile, refresh, tokensOf, type Ask } from "./login-support.ts";
import { server } from "./support.ts";

const postgres = server();
const OPTIONS = { anonymous: true, apiKey: true };

function partsOf(token: string): { readonly header: JWTHeaderParameters; readonly claims: JWTPayload; readonly signature: string } {
  const [header = "", claims = "", signature = ""] = token.split(".");
  const read = (part: string): unknown => JSON.parse(Buffer.from(part, "base64url").toString());
  return { header: read(header) as JWTHeaderParameters, claims: read(claims) as JWTPayload, signature };
}

async function publishedKey(ask: Ask): Promise<JWK> {
  const { body } = await ask("/.well-known/jwks.json");
  const [key] = (body as { readonly keys: readonly JWK[] }).keys;
  if (key === undefined) throw new Error("No key is published.");
  return key;
}

describe("an access token", () => {
  test("says who asks, and whoever has the published key can verify it", async () => {
    await using here = await place(postgres(), OPTIONS);
    const { accessToken, userId } = await login(here.ask, "anonymous");
    const { header, claims } = partsOf(accessToken);
    expect(header).toMatchObject({ alg: "ES256", typ: "at+jwt" });
    expect(claims).toMatchObject({ iss: "backstitch", sub: userId, user: { id: userId, type: "normal", customData: {} } });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(30 * 60);
    const published = await publishedKey(here.ask);
    expect(published).toMatchObject({ kid: header.kid, use: "sig" });
    expect(Object.keys(published)).not.toContain("d");
    const { userId: another } = await login(here.ask, "anonymous");
    expect(another).not.toBe(userId);
  });

  test("that is tampered with, of another kind or signed by another is refused everywhere", async () => {
    await using here = await place(postgres(), OPTIONS);
    const { accessToken } = await login(here.ask, "anonymous");
    const { header, claims, signature } = partsOf(accessToken);
    const published = await publishedKey(here.ask);
    const strangers = await generateKeyPair("ES256", { extractable: true });
    const sign = (given: Partial<JWTHeaderParameters>, key: Parameters<SignJWT["sign"]>[0], body = claims) =>
      new SignJWT(body).setProtectedHeader({ ...header, ...given }).sign(key);
    const point = await importJWK(published, "ES256");
    const pem = new TextEncoder().encode(await exportSPKI(point as Parameters<typeof exportSPKI>[0]));
    const [head, body] = accessToken.split(".");
    const changed = Buffer.from(JSON.stringify({ ...claims, sub: "another" })).toString("base64url");
    const tokens = {
      "other claims": `${head}.${changed}.${signature}`,
      "another signature": `${head}.${body}.${Buffer.alloc(64, 1).toString("base64url")}`,
      "no signature": `${head}.${body}.`,
      "alg none": new UnsecuredJWT(claims).encode(),
      "alg none with our key's name": `${Buffer.from(JSON.stringify({ ...header, alg: "none" })).toString("base64url")}.${body}.`,
      "HS256 with the public key as PEM": await sign({ alg: "HS256" }, pem),
      "HS256 with the public key as JSON": await sign({ alg: "HS256" }, new TextEncoder().encode(JSON.stringify(published))),
      "a stranger's key under our key's name": await sign({}, strangers.privateKey),
      "a stranger's key under its own name": await sign({ kid: "another" }, strangers.privateKey),
      "a key that is brought along": await sign({ jwk: published, kid: "another" }, strangers.privateKey),
      "a name that is a path": await sign({ kid: "../../dev/null" }, strangers.privateKey),
      "no name of a key": await sign({ kid: undefined as never }, strangers.privateKey),
      nothing: "x",
      "three dots": "...",
    };
    for (const [why, token] of Object.entries(tokens)) {
      for (const path of ["/v1/auth/profile", "/v1/notes/1"]) {
        const { status, code } = await here.ask(path, { bearer: token });
        expect([why, path, status]).toEqual([why, path, 401]);
        expect(code, why).toMatch(/^TOKEN_(?:INVALID|MISSING)$/);
      }
    }
    expect((await profile(here.ask, accessToken)).status).toBe(200);
    expect((await here.ask("/v1/notes/1", { bearer: accessToken })).body).toEqual({ id: 1 });
  });

  test("of our own keys is of one kind: what they sign otherwise is no access token", async () => {
    await using here = await place(postgres(), OPTIONS);
    const { accessToken } = await login(here.ask, "anonymous");
    const { header, claims } = partsOf(accessToken);
    const [row] = await here.sql("SELECT private_key FROM backstitch.login_signing_key");
    const key = await importJWK(row?.["private_key"] as JWK, "ES256");
    const sign = (given: object, body: object) => new SignJWT({ ...claims, ...body }).setProtectedHeader({ ...header, ...given }).sign(key);
    expect((await profile(here.ask, await sign({}, {}))).status).toBe(200);
    const soon = (claims.iat ?? 0) + 60;
    for (const [given, body] of [
      [{ typ: "JWT" }, {}],
      [{ typ: undefined }, {}],
      [{}, { iss: "another" }],
      [{}, { aud: "another" }],
      [{}, { aud: ["backstitch", "another"] }],
      [{}, { exp: undefined }],
      [{}, { exp: String(soon) }],
      [{}, { user: undefined }],
      [{}, { user: "ada" }],
      [{ crit: ["b64"], b64: false }, {}],
    ] as const)
      expect([given, body, (await profile(here.ask, await sign(given, body).catch(() => "x"))).code]).toEqual([
        given,
        body,
        "TOKEN_INVALID",
      ]);
  });

  test("ends after 30 minutes, however often it was shown", async () => {
    await using here = await place(postgres(), OPTIONS);
    const { accessToken } = await login(here.ask, "anonymous");
    here.pass(29 * MINUTE);
    expect((await profile(here.ask, accessToken)).status).toBe(200);
    here.pass(MINUTE);
    const { code, headers } = await profile(here.ask, accessToken);
    expect([code, headers.get("www-authenticate")]).toEqual(["TOKEN_EXPIRED", 'Bearer error="invalid_token"']);
    expect((await profile(here.other, accessToken)).code).toBe("TOKEN_EXPIRED");
  });
});

describe("a session", () => {
  test("has another refresh token each time; whoever shows an old one ends it for all", async () => {
    await using here = await place(postgres(), OPTIONS);
    const first = await login(here.ask, "anonymous");
    const second = tokensOf(await refresh(here.ask, first.refreshToken));
    const third = tokensOf(await refresh(here.other, second.refreshToken));
    expect(new Set([first, second, third].map(({ refreshToken }) => refreshToken)).size).toBe(3);
    expect((await refresh(here.ask, first.refreshToken)).code).toBe("SESSION_INVALID");
    expect((await refresh(here.ask, third.refreshToken)).code).toBe("SESSION_INVALID");
    expect(await here.sql("SELECT FROM backstitch.login_session")).toEqual([]);
  });

  test("gives the same next token again where its answer was lost, and not for long", async () => {
    await using here = await place(postgres(), OPTIONS);
    const { refreshToken } = await login(here.ask, "anonymous");
    const answers = await Promise.all([here.ask, here.other, here.ask, here.other].map((ask) => refresh(ask, refreshToken)));
    const next = new Set(answers.map((answer) => tokensOf(answer).refreshToken));
    expect(next.size).toBe(1);
    here.pass(10_000);
    expect((await refresh(here.ask, refreshToken)).code).toBe("SESSION_INVALID");
    expect((await refresh(here.ask, [...next][0] ?? "")).code).toBe("SESSION_INVALID");
  });

  test("is refreshed once by those who ask at the same moment", async () => {
    await using here = await place(postgres(), OPTIONS);
    const { refreshToken } = await login(here.ask, "anonymous");
    await here.sql("BEGIN; SELECT FROM backstitch.login_session FOR UPDATE");
    const both = [refresh(here.ask, refreshToken), refresh(here.other, refreshToken)];
    await here.untilWaiting(2);
    await here.sql("ROLLBACK");
    const [one, two] = (await Promise.all(both)).map(tokensOf);
    expect(one?.refreshToken).toBe(two?.refreshToken);
    const next = tokensOf(await refresh(here.ask, one?.refreshToken ?? ""));
    tokensOf(await refresh(here.ask, next.refreshToken));
  });

  test("is not ended by whoever knows nothing of it", async () => {
    await using here = await place(postgres(), OPTIONS);
    const { refreshToken, accessToken } = await login(here.ask, "anonymous");
    const { sid } = partsOf(accessToken).claims;
    for (const token of [`${String(sid)}.x`, "x", ".", `.${refreshToken.split(".")[1]}`, accessToken])
      expect((await refresh(here.ask, token)).status, token).toBe(401);
    tokensOf(await refresh(here.ask, refreshToken));
  });

  test("ends by logging out, everywhere where that is asked for, and after 60 days", async () => {
    await using here = await place(postgres(), OPTIONS);
    const one = await login(here.ask, "anonymous");
    expect((await here.ask("/v1/auth/session", { method: "DELETE", bearer: one.refreshToken })).status).toBe(204);
    expect((await refresh(here.other, one.refreshToken)).status).toBe(401);
    const two = await login(here.ask, "anonymous");
    const three = await login(here.ask, "anonymous");
    expect((await here.ask("/v1/auth/sessions", { method: "DELETE", bearer: two.accessToken })).status).toBe(204);
    expect((await refresh(here.ask, two.refreshToken)).status).toBe(401);
    here.pass(60 * DAY);
    expect((await refresh(here.ask, three.refreshToken)).status).toBe(401);
  });

  test("outlasts a connection to the database that breaks meanwhile", async () => {
    await using here = await place(postgres(), OPTIONS);
    const { refreshToken } = await login(here.ask, "anonymous");
    await here.sql("BEGIN; SELECT FROM backstitch.login_session FOR UPDATE");
    const waiting = refresh(here.ask, refreshToken);
    await here.untilWaiting();
    await here.sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
    );
    const { status, code } = await waiting;
    expect([status, code]).toEqual([503, "DATABASE_AWAY"]);
    await here.sql("ROLLBACK");
    tokensOf(await refresh(here.ask, refreshToken));
  });

  test("is no session any more where its user is disabled", async () => {
    await using here = await place(postgres(), OPTIONS);
    const { refreshToken } = await login(here.ask, "anonymous");
    await here.sql("UPDATE backstitch.login_user SET disabled = true");
    expect((await refresh(here.ask, refreshToken)).code).toBe("SESSION_INVALID");
  });
});

describe("the keys", () => {
  test("are the same for all processes, and another takes over after 30 days: what the old one signed stays good", async () => {
    await using here = await place(postgres(), OPTIONS);
    const { accessToken, refreshToken } = await login(here.ask, "anonymous");
    expect((await profile(here.other, accessToken)).status).toBe(200);
    here.pass(30 * DAY - 5 * MINUTE);
    const before = tokensOf(await refresh(here.ask, refreshToken));
    expect(partsOf(before.accessToken).header.kid).toBe(partsOf(accessToken).header.kid);
    here.pass(5 * MINUTE);
    // Whoever meets an unknown key looks; so does each process once a minute.
    const { privateKey } = await generateKeyPair("ES256");
    const strange = await new SignJWT({}).setProtectedHeader({ alg: "ES256", kid: "strange" }).sign(privateKey);
    expect((await profile(here.ask, strange)).status).toBe(401);
    const after = tokensOf(await refresh(here.ask, before.refreshToken));
    expect(partsOf(after.accessToken).header.kid).not.toBe(partsOf(before.accessToken).header.kid);
    for (const { accessToken: token } of [before, after]) {
      expect((await profile(here.ask, token)).status).toBe(200);
      expect((await profile(here.other, token)).status).toBe(200);
    }
    expect(((await here.ask("/.well-known/jwks.json")).body as { keys: unknown[] }).keys).toHaveLength(2);
  });

  test("one that is deleted is not good any more, nor what it signed", async () => {
    await using here = await place(postgres(), OPTIONS);
    const { accessToken } = await login(here.ask, "anonymous");
    expect((await profile(here.ask, accessToken)).status).toBe(200);
    await here.sql("DELETE FROM backstitch.login_signing_key");
    here.pass(5_000);
    const { privateKey } = await generateKeyPair("ES256");
    const strange = await new SignJWT({}).setProtectedHeader({ alg: "ES256", kid: "strange" }).sign(privateKey);
    await profile(here.ask, strange);
    expect((await profile(here.ask, accessToken)).code).toBe("TOKEN_INVALID");
  });
});
