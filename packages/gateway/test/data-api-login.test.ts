import { Secret } from "@backstitch/core/connector";
import { SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import { login, MINUTE, place, type Ask, type Place } from "./login-support.ts";
import { server } from "./support.ts";

const postgres = server();
const SECRET = "canary-".padEnd(40, "s");
const ADA = { email: "ada@example.com", password: "correct hörse" };
const OPTIONS = {
  emailPassword: { confirmUrl: undefined, resetUrl: "https://app.example.com/reset" },
  apiKey: true,
  customToken: {
    algorithm: "HS256",
    secrets: [new Secret(SECRET)],
    audience: ["shop"],
    metadataFields: [{ name: "email", field: "email" }],
  },
} as const;
/** Those who have logged in read the notes, as long as no rule is told how they did. */
const PEOPLE = [
  {
    name: "told",
    applyWhen: { $or: [{ "request.headers.password": { $exists: true } }, { "request.headers.jwttokenstring": { $exists: true } }] },
  },
  { name: "ada", applyWhen: { "user.data.email": ADA.email }, read: true },
];

async function withAda(more: Parameters<typeof place>[2] = {}): Promise<Place> {
  const here = await place(postgres(), OPTIONS, { roles: PEOPLE, ...more });
  expect((await here.ask("/v1/auth/register", { json: ADA })).status).toBe(202);
  return here;
}

function signed(claims: Record<string, string>, lasts = "5m"): Promise<string> {
  return new SignJWT({ aud: "shop", ...claims })
    .setProtectedHeader({ alg: "HS256" })
    .setExpirationTime(lasts)
    .sign(new TextEncoder().encode(SECRET));
}

/** As clients send what is not of ASCII. */
function utf8(text: string): string {
  return Buffer.from(text).toString("latin1");
}

const asAda = { email: ADA.email, password: utf8(ADA.password) };

/** Whether a note is found; else status and code. */
async function find(ask: Ask, headers: Record<string, string>): Promise<unknown> {
  const { status, body } = await ask("/app/shop/endpoint/data/v1/action/findOne", { json: { collection: "notes" }, headers });
  const { document, error_code: code } = body as { document?: unknown; error_code?: string };
  return status === 200 ? document !== null : [status, code];
}

describe("a call of the Data API", () => {
  test("logs in by its headers, and no session is begun", async () => {
    await using here = await withAda();
    expect(await find(here.ask, {})).toBe(false);
    expect(await find(here.ask, asAda)).toBe(true);
    expect(await find(here.ask, { jwtTokenString: await signed({ sub: "a", email: ADA.email }) })).toBe(true);
    expect(await find(here.ask, { jwtTokenString: await signed({ sub: "b", email: "bob@example.com" }) })).toBe(false);
    expect(await here.sql("SELECT FROM backstitch.login_session")).toEqual([]);
    const { accessToken } = await login(here.ask, "emailPassword", ADA);
    expect(await find(here.ask, { authorization: `Bearer ${accessToken}` })).toBe(true);
    const made = await here.ask("/v1/auth/apiKeys", { json: { name: "one" }, bearer: accessToken });
    expect(await find(here.ask, { apiKey: (made.body as { key: string }).key })).toBe(true);
  });

  test("is refused with what is wrong, half or twofold", async () => {
    await using here = await withAda();
    const token = await signed({ sub: "a" });
    const wrong: readonly (readonly [Record<string, string>, number, string])[] = [
      [{ ...asAda, password: "wrong" }, 401, "InvalidSession"],
      [{ ...asAda, email: "nobody@example.com" }, 401, "InvalidSession"],
      [{ jwtTokenString: `${token}x` }, 401, "InvalidSession"],
      [{ jwtTokenString: await signed({ sub: "a", aud: "other" }) }, 401, "InvalidSession"],
      [{ apiKey: "bsk_none" }, 401, "InvalidSession"],
      [{ email: ADA.email }, 400, "InvalidParameter"],
      [{ password: "x" }, 400, "InvalidParameter"],
      [{ ...asAda, jwtTokenString: token }, 400, "InvalidParameter"],
      [{ ...asAda, apiKey: "bsk_none" }, 400, "InvalidParameter"],
      [{ jwtTokenString: token, authorization: "Bearer x" }, 400, "InvalidParameter"],
    ];
    for (const [headers, ...answer] of wrong) expect(await find(here.ask, headers), Object.keys(headers).join()).toEqual(answer);
    await using nobody = await place(postgres(), { anonymous: true }, { roles: PEOPLE });
    expect(await find(nobody.ask, asAda)).toEqual([401, "InvalidSession"]);
  });

  test("is not a way to guess passwords: what is wrong counts as at a login, and for both", async () => {
    await using here = await withAda({ proxies: 1 });
    const from = (address: string, password: string): Record<string, string> => ({ ...asAda, password, "x-forwarded-for": address });
    const guesses = await Promise.all(
      Array.from({ length: 15 }, (_, nth) => find(nth % 2 === 0 ? here.ask : here.other, from("192.0.2.1", `guess ${nth}`))),
    );
    expect(guesses.filter((answer) => JSON.stringify(answer).startsWith("[401"))).toHaveLength(10);
    expect(guesses.filter((answer) => JSON.stringify(answer).startsWith("[429"))).toHaveLength(5);
    const status = async (password: string) =>
      (await here.ask("/v1/auth/login/emailPassword", { json: { ...ADA, password }, headers: { "x-forwarded-for": "192.0.2.1" } })).status;
    expect(await status(ADA.password)).toBe(429);
    expect(await find(here.ask, from("192.0.2.1", asAda.password))).toEqual([429, "InternalServerError"]);
    expect(await find(here.ask, from("192.0.2.2", asAda.password))).toBe(true);
    here.pass(15 * MINUTE);
    expect(await find(here.ask, from("192.0.2.1", asAda.password))).toBe(true);
  });

  test("that is right does not count, however many come at once; a user who is disabled is out within 10 seconds", async () => {
    await using here = await withAda();
    const calls = await Promise.all(Array.from({ length: 40 }, () => find(here.ask, asAda)));
    expect(calls).toEqual(calls.map(() => true));
    await here.sql("UPDATE backstitch.login_user SET disabled = true");
    here.pass(10_000);
    expect(await find(here.ask, asAda)).toEqual([401, "InvalidSession"]);
  });

  test("alone does so: collections take no password", async () => {
    await using here = await withAda();
    const { body } = await here.ask("/v1/notes", { headers: asAda });
    expect(body).toMatchObject({ documents: [] });
  });
});
