import { Secret } from "@backstitch/core/connector";
import { describe, expect, test } from "vitest";
import { openServerKeys } from "../src/index.ts";
import { login, place, profile, refresh, type Ask } from "./login-support.ts";
import { server } from "./support.ts";

const postgres = server();
const OPTIONS = { anonymous: true, apiKey: true };

interface Made {
  readonly id: string;
  readonly key: string;
}

async function make(ask: Ask, bearer: string, name = "laptop"): Promise<Made> {
  const { status, body, text } = await ask("/v1/auth/apiKeys", { json: { name }, bearer });
  expect(status, text).toBe(201);
  return body as Made;
}

function by(ask: Ask, key: string, header = "x-api-key") {
  return ask("/v1/notes/1", { headers: { [header]: key } });
}

describe("a user's API key", () => {
  test("is shown once, stands for the user, and can be disabled, enabled and deleted", async () => {
    await using here = await place(postgres(), OPTIONS);
    const { accessToken, userId } = await login(here.ask, "anonymous");
    const { id, key } = await make(here.ask, accessToken);
    expect(key).toMatch(/^bsk_[\w-]{43}$/);
    const list = async () => (await here.ask("/v1/auth/apiKeys", { bearer: accessToken })).body;
    expect(await list()).toMatchObject([{ id, name: "laptop", disabled: false }]);
    expect(JSON.stringify([await list(), await here.sql("SELECT * FROM backstitch.login_api_key")])).not.toContain(key);
    for (const header of ["x-api-key", "apiKey"]) expect((await by(here.ask, key, header)).status).toBe(200);
    const session = await login(here.ask, "apiKey", { key });
    expect(session.userId).toBe(userId);

    const change = async (what: string) =>
      (await here.ask(`/v1/auth/apiKeys/${id}/${what}`, { method: "PUT", bearer: accessToken })).status;
    expect(await change("disable")).toBe(204);
    expect((await by(here.ask, key)).code).toBe("API_KEY_INVALID");
    expect((await here.ask("/v1/auth/login/apiKey", { json: { key } })).code).toBe("LOGIN_REFUSED");
    expect((await refresh(here.ask, session.refreshToken)).code).toBe("SESSION_INVALID");
    expect(await list()).toMatchObject([{ disabled: true }]);
    expect(await change("enable")).toBe(204);
    expect((await by(here.ask, key)).status).toBe(200);
    expect((await here.ask(`/v1/auth/apiKeys/${id}`, { method: "DELETE", bearer: accessToken })).status).toBe(204);
    expect((await by(here.ask, key)).status).toBe(401);
    // Another process remembers a key for ten seconds.
    here.pass(10_000);
    expect((await by(here.other, key)).status).toBe(401);
  });

  test("is nobody else's: others neither see nor change it, and it makes no other", async () => {
    await using here = await place(postgres(), OPTIONS);
    const [ada, bob] = [await login(here.ask, "anonymous"), await login(here.ask, "anonymous")];
    const { id, key } = await make(here.ask, ada.accessToken);
    expect((await here.ask("/v1/auth/apiKeys", { bearer: bob.accessToken })).body).toEqual([]);
    for (const [method, path] of [
      ["DELETE", id],
      ["PUT", `${id}/disable`],
      ["PUT", `${id}/enable`],
    ] as const)
      expect((await here.ask(`/v1/auth/apiKeys/${path}`, { method, bearer: bob.accessToken })).code).toBe("API_KEY_UNKNOWN");
    expect((await here.ask("/v1/auth/apiKeys", { json: { name: "more" }, headers: { "x-api-key": key } })).status).toBe(401);
    // Nor does a login by it: whoever found it would keep another when it is deleted.
    const { accessToken } = await login(here.ask, "apiKey", { key });
    expect((await here.ask("/v1/auth/apiKeys", { json: { name: "more" }, bearer: accessToken })).code).toBe("NOT_PERMITTED");
    expect((await here.ask(`/v1/auth/apiKeys/${id}`, { method: "DELETE", bearer: accessToken })).code).toBe("NOT_PERMITTED");
    expect((await by(here.ask, key)).status).toBe(200);
  });

  test("are managed by who is logged in still", async () => {
    await using here = await place(postgres(), OPTIONS);
    const { accessToken, refreshToken } = await login(here.ask, "anonymous");
    await here.ask("/v1/auth/session", { method: "DELETE", bearer: refreshToken });
    expect((await here.ask("/v1/auth/apiKeys", { json: { name: "late" }, bearer: accessToken })).code).toBe("SESSION_INVALID");
  });

  test("is one of at most 20, also of those made at the same time", async () => {
    await using here = await place(postgres(), OPTIONS);
    const { accessToken } = await login(here.ask, "anonymous");
    const asks = Array.from({ length: 25 }, (_, nth) => (nth % 2 === 0 ? here.ask : here.other));
    const answers = await Promise.all(asks.map((ask) => ask("/v1/auth/apiKeys", { json: { name: "one" }, bearer: accessToken })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20);
    expect(answers.filter(({ code }) => code === "API_KEYS_TOO_MANY")).toHaveLength(5);
  });
});

test("what is no key is refused, and so is whoever sends two things", async () => {
  await using here = await place(postgres(), OPTIONS);
  const { accessToken } = await login(here.ask, "anonymous");
  const { key } = await make(here.ask, accessToken);
  for (const wrong of ["", "x", `${key}x`, key.slice(0, -1), key.replace("bsk_", ""), "bsk_".padEnd(47, "A"), "' OR true --"])
    expect([wrong, (await by(here.ask, wrong)).code]).toEqual([wrong, "API_KEY_INVALID"]);
  expect((await here.ask("/v1/notes/1", { bearer: accessToken, headers: { "x-api-key": key } })).code).toBe("CREDENTIALS_TWICE");
  await using without = await place(postgres(), { anonymous: true });
  expect((await by(without.ask, key)).code).toBe("API_KEY_INVALID");
  expect((await without.ask("/v1/auth/login/apiKey", { json: { key } })).code).toBe("PROVIDER_UNKNOWN");
});

test("a server's key is a user of its own, of at most 100", async () => {
  await using here = await place(postgres(), OPTIONS);
  const [{ name = "" } = {}] = (await here.sql("SELECT current_database() AS name")) as readonly { readonly name?: string }[];
  const keys = await openServerKeys({ connectionString: new Secret(postgres().url.replace(/\/[^/]*$/, `/${name}`)) });
  try {
    const { id, key } = await keys.create("backend");
    const { accessToken } = await login(here.ask, "apiKey", { key });
    expect((await profile(here.ask, accessToken)).body).toEqual({
      id,
      type: "server",
      data: { name: "backend" },
      customData: {},
      identities: [{ id, providerType: "apiKey" }],
    });
    expect((await here.ask("/v1/auth/apiKeys", { bearer: accessToken })).code).toBe("NOT_PERMITTED");
    const users = await login(here.ask, "anonymous");
    const own = await make(here.ask, users.accessToken);
    expect((await keys.list()).map((one) => one.id)).toEqual([id]);
    await expect(keys.remove(own.id)).rejects.toMatchObject({ code: "API_KEY_UNKNOWN" });
    for (let nth = 1; nth < 100; nth++) await keys.create(`backend ${nth}`);
    await expect(keys.create("one more")).rejects.toMatchObject({ code: "API_KEYS_TOO_MANY" });
    await keys.remove(id);
    expect((await here.ask("/v1/auth/login/apiKey", { json: { key } })).status).toBe(401);
    expect(await here.sql(`SELECT FROM backstitch.login_user WHERE id = '${id}'`)).toEqual([]);
  } finally {
    await keys.close();
  }
});
