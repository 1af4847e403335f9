import { afterEach, expect, test, vi } from "vitest";
import { DAY, login, MINUTE, place, profile, refresh, tokensOf } from "./login-support.ts";
import { server } from "./support.ts";

const postgres = server();
afterEach(() => void vi.useRealTimers());

test("what has expired is gone after a minute, and so are anonymous users who stay away", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  await using here = await place(postgres(), {
    anonymous: true,
    sessionDays: 365,
    emailPassword: { confirmUrl: undefined, resetUrl: "https://a.b" },
  });
  const ada = { email: "ada@example.com", password: "correct horse" };
  await here.ask("/v1/auth/register", { json: ada });
  await login(here.ask, "emailPassword", ada);
  await here.ask("/v1/auth/reset/send", { json: { email: ada.email } });
  await here.mail(0);
  const [comes, stays] = [await login(here.ask, "anonymous"), await login(here.ask, "anonymous")];
  const count = async (table: string) => (await here.sql(`SELECT FROM backstitch.login_${table}`)).length;
  expect([await count("ticket"), await count("user"), (await count("attempt")) > 0]).toEqual([1, 3, true]);

  here.pass(60 * DAY);
  const back = tokensOf(await refresh(here.ask, comes.refreshToken));
  here.pass(30 * DAY);
  vi.advanceTimersByTime(MINUTE);
  await vi.waitFor(async () => expect([await count("ticket"), await count("user"), await count("attempt")]).toEqual([0, 2, 0]), 20_000);
  expect((await refresh(here.ask, stays.refreshToken)).code).toBe("SESSION_INVALID");
  const { accessToken } = tokensOf(await refresh(here.ask, back.refreshToken));
  expect((await profile(here.ask, accessToken)).body).toMatchObject({ id: comes.userId });

  here.pass(365 * DAY);
  vi.advanceTimersByTime(MINUTE);
  await vi.waitFor(
    async () => expect([await count("session"), await count("user"), await count("signing_key")]).toEqual([0, 1, 2]),
    20_000,
  );
  // The old key has verified the last of what it signed.
  here.pass(40 * MINUTE);
  vi.advanceTimersByTime(MINUTE);
  await vi.waitFor(async () => expect(await count("signing_key")).toBe(1), 20_000);
});
