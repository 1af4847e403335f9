import { createHook } from "node:async_hooks";
import { describe, expect, test } from "vitest";
import { login, MINUTE, place, refresh, tokensOf, type Ask, type Place } from "./login-support.ts";
import { server } from "./support.ts";

const postgres = server();
const PAGES = { confirmUrl: "https://app.example.com/confirm", resetUrl: "https://app.example.com/reset" };
const OPTIONS = { emailPassword: PAGES };
const ADA = { email: "ada@example.com", password: "correct horse" };
const BOB = { email: "bob@example.com", password: "correct horse" };

async function withAda(more: Parameters<typeof place>[2] = {}): Promise<Place> {
  const here = await place(postgres(), OPTIONS, more);
  expect((await here.ask("/v1/auth/register", { json: ADA })).status).toBe(202);
  const { token } = await here.mail(0);
  expect((await here.ask("/v1/auth/confirm", { json: { token } })).status).toBe(204);
  return here;
}

/** How often a password was hashed meanwhile: the one thing that takes long. */
async function hashed(work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const hook = createHook({ init: (_id, type) => void (type.startsWith("ARGON2") && count++) }).enable();
  await work().finally(() => hook.disable());
  return count;
}

/** All that an answer tells, but when. */
async function told(ask: Ask, path: string, json: object): Promise<unknown> {
  const { status, text, headers } = await ask(path, { json });
  return { status, text, headers: [...headers].filter(([name]) => name !== "date") };
}

describe("who has an account", () => {
  test("cannot be told from a login: the answer and the work are the same", async () => {
    await using here = await withAda();
    await here.ask("/v1/auth/register", { json: BOB });
    await here.mail(1);
    const wrong = [
      { ...ADA, password: "wrong horse" },
      { ...BOB, password: "correct horse" },
      { email: "nobody@example.com", password: "correct horse" },
      { email: "not an address", password: "correct horse" },
    ];
    const answers: unknown[] = [];
    for (const json of wrong)
      expect(await hashed(async () => answers.push(await told(here.ask, "/v1/auth/login/emailPassword", json)))).toBe(1);
    expect(answers).toEqual(wrong.map(() => answers[0]));
    expect(answers[0]).toMatchObject({ status: 401 });
    expect(await hashed(() => login(here.ask, "emailPassword", ADA))).toBe(1);
  });

  test("cannot be told by registering: whoever has one is sent nothing", async () => {
    await using here = await withAda();
    const answers: unknown[] = [];
    for (const json of [ADA, BOB]) expect(await hashed(async () => answers.push(await told(here.ask, "/v1/auth/register", json)))).toBe(1);
    expect(answers[0]).toEqual(answers[1]);
    expect((await here.mail(1)).email).toBe(BOB.email);
    expect(here.mails.map(({ email }) => email)).toEqual([ADA.email, BOB.email]);
    await expect.poll(() => here.sql("SELECT FROM backstitch.login_ticket WHERE purpose = 'confirm'")).toHaveLength(2);
    // Nor is anything another by it.
    tokensOf(await here.ask("/v1/auth/login/emailPassword", { json: ADA }));
  });

  test("cannot be told by asking for another password", async () => {
    await using here = await withAda();
    const answers: unknown[] = [];
    for (const email of ["nobody@example.com", ADA.email, "ADA@EXAMPLE.COM", "ada@examplE.com", "\u0430da@example.com"])
      answers.push(await told(here.ask, "/v1/auth/reset/send", { email }));
    expect(answers).toEqual(answers.map(() => answers[0]));
    await here.mail(3);
    expect(here.mails.slice(1).map(({ email, purpose }) => `${purpose} ${email}`)).toEqual(Array(3).fill("reset ada@example.com"));
    // The same is done for all five, and takes as long: of two nobody is sent the link.
    await expect.poll(() => here.sql("SELECT FROM backstitch.login_ticket WHERE purpose = 'reset'")).toHaveLength(5);
  });
});

describe("a link", () => {
  test("is good once, for what it is for, and for 30 minutes", async () => {
    await using here = await withAda();
    await here.ask("/v1/auth/register", { json: BOB });
    await here.ask("/v1/auth/reset/send", { json: { email: ADA.email } });
    await here.mail(2);
    const [confirm, reset] = ["confirm", "reset"].map((purpose) => here.mails.slice(1).find((mail) => mail.purpose === purpose));
    expect(reset?.link).toBe(`https://app.example.com/reset?token=${reset?.token}`);
    const stored = JSON.stringify(await here.sql("SELECT * FROM backstitch.login_ticket"));
    for (const mail of here.mails) expect(stored).not.toContain(mail.token);
    const use = async (path: string, token = "") =>
      (await here.ask(path, { json: { token, password: path.endsWith("reset") ? "another horse" : BOB.password } })).code;
    expect(await use("/v1/auth/reset", confirm?.token)).toBe("LINK_INVALID");
    expect(await use("/v1/auth/confirm", reset?.token)).toBe("LINK_INVALID");
    // It was not used up by that.
    expect(await use("/v1/auth/confirm", confirm?.token)).toBeUndefined();
    here.pass(30 * MINUTE);
    expect(await use("/v1/auth/reset", reset?.token)).toBe("LINK_INVALID");
  });

  test("of two for another password the second is not good after the first; sessions end", async () => {
    await using here = await withAda();
    const { refreshToken } = await login(here.ask, "emailPassword", ADA);
    for (const nth of [1, 2]) {
      await here.ask("/v1/auth/reset/send", { json: { email: ADA.email } });
      await here.mail(nth);
    }
    const reset = async (nth: number) => here.ask("/v1/auth/reset", { json: { token: here.mails[nth]?.token, password: "another horse" } });
    expect((await Promise.all([reset(1), reset(1)])).map(({ status }) => String(status)).toSorted()).toEqual(["204", "401"]);
    expect((await reset(2)).code).toBe("LINK_INVALID");
    expect((await refresh(here.ask, refreshToken)).code).toBe("SESSION_INVALID");
    await login(here.ask, "emailPassword", { ...ADA, password: "another horse" });
  });

  test("of a stranger's registration makes no account where the page asks for the password", async () => {
    await using here = await place(postgres(), OPTIONS);
    await here.ask("/v1/auth/register", { json: { ...ADA, password: "a stranger's" } });
    const { token } = await here.mail(0);
    const confirm = async (password: unknown) => (await here.ask("/v1/auth/confirm", { json: { token, password } })).code;
    expect(await confirm(ADA.password)).toBe("LOGIN_REFUSED");
    expect([await confirm(""), await confirm(null)]).toEqual(["FIELD_MISSING", "FIELD_MISSING"]);
    expect(await here.sql("SELECT FROM backstitch.login_user")).toEqual([]);
    // Who registered and mistypes has not lost the link.
    expect(await confirm("a stranger's")).toBeUndefined();
    expect(await confirm("a stranger's")).toBe("LINK_INVALID");
    await login(here.ask, "emailPassword", { ...ADA, password: "a stranger's" });
  });

  test("confirms the password that was registered with it, and not another's", async () => {
    await using here = await place(postgres(), OPTIONS);
    await here.ask("/v1/auth/register", { json: { ...ADA, password: "a stranger's" } });
    await here.mail(0);
    await here.ask("/v1/auth/register", { json: ADA });
    const { token } = await here.mail(1);
    await here.ask("/v1/auth/confirm", { json: { token } });
    expect((await here.ask("/v1/auth/confirm", { json: { token: here.mails[0]?.token } })).code).toBe("LINK_INVALID");
    expect((await here.ask("/v1/auth/login/emailPassword", { json: { ...ADA, password: "a stranger's" } })).status).toBe(401);
    await login(here.ask, "emailPassword", ADA);
  });
});

describe("too many attempts", () => {
  const attempt = async (ask: Ask, password: string, address: string, email = ADA.email) => {
    const { status } = await ask("/v1/auth/login/emailPassword", {
      json: { email, password },
      headers: { "x-forwarded-for": `evil, ${address}` },
    });
    return status;
  };

  test("are refused, the right one too, at all processes and for a while; from elsewhere it goes on", async () => {
    await using here = await withAda({ proxies: 1 });
    const guesses = await Promise.all(
      Array.from({ length: 30 }, (_, nth) => attempt(nth % 2 === 0 ? here.ask : here.other, "wrong horse", "192.0.2.1")),
    );
    expect(guesses.filter((status) => status === 401)).toHaveLength(10);
    expect(guesses.filter((status) => status === 429)).toHaveLength(20);
    expect(await attempt(here.other, ADA.password, "192.0.2.1")).toBe(429);
    expect(await attempt(here.ask, ADA.password, "192.0.2.2")).toBe(200);
    here.pass(15 * MINUTE);
    expect(await attempt(here.ask, ADA.password, "192.0.2.1")).toBe(200);
  });

  test("of one network of IPv6 are one's, and what is right does not count", async () => {
    await using here = await withAda({ proxies: 1 });
    for (let nth = 0; nth < 11; nth++) expect(await attempt(here.ask, ADA.password, `2001:db8::${nth}`)).toBe(200);
    for (let nth = 0; nth < 10; nth++) expect(await attempt(here.ask, "wrong horse", `2001:db8:0:0:${nth}::1`)).toBe(401);
    expect(await attempt(here.ask, "wrong horse", "2001:0DB8:0000::ffff:1")).toBe(429);
    expect(await attempt(here.ask, "wrong horse", "2001:db8:1:0::1")).toBe(401);
  });

  test("of the many networks that one customer has are one's: they lock nobody's account", async () => {
    await using here = await withAda({ proxies: 1 });
    const guesses = [];
    for (let nth = 0; nth < 20; nth++) guesses.push(await attempt(here.ask, "wrong horse", `2001:db8:0:${nth.toString(16)}::1`));
    expect(guesses).toEqual([...Array(10).fill(401), ...Array(10).fill(429)]);
    for (const elsewhere of ["2001:db8:1::1", "192.0.2.1"]) expect(await attempt(here.ask, ADA.password, elsewhere)).toBe(200);
  });

  test("of all networks of one customer are at most 1,000, whatever the account", async () => {
    await using here = await withAda({ proxies: 1 });
    await attempt(here.ask, "wrong horse", "2001:db8:0:1::1", "nobody@example.com");
    await here.sql("UPDATE backstitch.login_attempt SET count = 95");
    for (let nth = 0; nth < 5; nth++) expect(await attempt(here.ask, "wrong horse", "2001:db8:0:1::1", `${nth}@example.com`)).toBe(401);
    expect(await attempt(here.ask, "wrong horse", "2001:db8:0:1::1", "another@example.com")).toBe(429);
    expect(await attempt(here.ask, "wrong horse", "2001:db8:0:2::1", "another@example.com")).toBe(401);
    await here.sql("UPDATE backstitch.login_attempt SET count = 1000");
    expect(await attempt(here.ask, "wrong horse", "2001:db8:0:3::1", "one-more@example.com")).toBe(429);
    expect(await attempt(here.ask, "wrong horse", "2001:db8:1:3::1", "one-more@example.com")).toBe(401);
  });

  test.each([
    ["192.0.2.1", "192.0.2.1:PORT"],
    ["2001:db8::1", "[2001:db8::1]:PORT"],
    ["2001:db8::1", "[2001:db8::1]"],
    ["::ffff:192.0.2.1", "192.0.2.1:PORT"],
  ])("of %s are its own however a proxy writes it: %s", async (address, written) => {
    await using here = await withAda({ proxies: 1 });
    for (const port of ["4000", "4001"]) expect(await attempt(here.ask, "wrong horse", written.replace("PORT", port))).toBe(401);
    await here.sql("UPDATE backstitch.login_attempt SET count = 9");
    expect(await attempt(here.ask, "wrong horse", address)).toBe(401);
    expect(await attempt(here.ask, "wrong horse", written.replace("PORT", "5000"))).toBe(429);
  });

  test("what a header says is not believed where no proxy is in front", async () => {
    await using here = await withAda();
    for (let nth = 0; nth < 10; nth++) expect(await attempt(here.ask, "wrong horse", `192.0.2.${nth}`)).toBe(401);
    const { status, headers, code } = await here.ask("/v1/auth/login/emailPassword", { json: ADA });
    expect([status, code, Number(headers.get("retry-after"))]).toEqual([429, "TOO_MANY_ATTEMPTS", 15 * 60]);
  });

  test("of mails are refused, too: nobody's box is filled", async () => {
    await using here = await withAda();
    const statuses = [];
    for (let nth = 0; nth < 6; nth++) statuses.push((await here.ask("/v1/auth/reset/send", { json: { email: ADA.email } })).status);
    expect(statuses).toEqual([202, 202, 202, 202, 202, 429]);
  });
});

test("what is no password, no address or no body is refused with a word why", async () => {
  await using here = await place(postgres(), OPTIONS);
  const register = async (json: unknown) => {
    const { status, code, text } = await here.ask("/v1/auth/register", { json });
    expect(text).not.toContain("horse");
    return [status, code];
  };
  expect(await register({ ...ADA, password: "1234567" })).toEqual([422, "PASSWORD_TOO_SHORT"]);
  expect(await register({ ...ADA, password: "x".repeat(257) })).toEqual([422, "PASSWORD_TOO_LONG"]);
  expect(await register({ ...ADA, email: "ada" })).toEqual([422, "EMAIL_INVALID"]);
  expect(await register({ ...ADA, email: "ada@example.com\r\nBcc: all@example.com" })).toEqual([422, "EMAIL_INVALID"]);
  expect(await register({ ...ADA, email: "ada@example.com, bob@example.com" })).toEqual([422, "EMAIL_INVALID"]);
  expect(await register({ email: ADA.email })).toEqual([400, "FIELD_MISSING"]);
  expect(await register({ ...ADA, password: 12345678 })).toEqual([400, "FIELD_MISSING"]);
  expect(await register('{"email": "a@b.c", "email": "d@e.f"}')).toEqual([400, "JSON_INVALID"]);
  expect(await register("[]")).toEqual([400, "BODY_INVALID"]);
  expect(here.mails).toEqual([]);
});

test("passwords are kept as argon2id alone, each with a salt of its own; letters may be written in more than one way", async () => {
  await using here = await place(postgres(), { emailPassword: { ...PAGES, confirmUrl: undefined } });
  const composed = "caf\u00e9 au lait";
  for (const email of [ADA.email, BOB.email]) await here.ask("/v1/auth/register", { json: { email, password: composed } });
  const rows = await here.sql("SELECT hash FROM backstitch.login_password");
  expect(rows.map(({ hash }) => String(hash).slice(0, 31))).toEqual(Array(2).fill("$argon2id$v=19$m=19456,t=2,p=1$"));
  expect(rows[0]).not.toEqual(rows[1]);
  await login(here.ask, "emailPassword", { email: ADA.email, password: "cafe\u0301 au lait" });
});

test("a password of 256 characters logs in, whatever they are", async () => {
  await using here = await place(postgres(), { emailPassword: { ...PAGES, confirmUrl: undefined } });
  const json = { email: ADA.email, password: "\u{1f9f5}".repeat(256) };
  expect((await here.ask("/v1/auth/register", { json })).status).toBe(202);
  await login(here.ask, "emailPassword", json);
  for (const more of ["x", "\u{1f9f5}"])
    expect((await here.ask("/v1/auth/login/emailPassword", { json: { ...json, password: json.password + more } })).code).toBe(
      "LOGIN_REFUSED",
    );
});
