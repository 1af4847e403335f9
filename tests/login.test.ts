import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { backstitch, start } from "./support/backstitch.ts";
import { askAt, loginProject, startGateway, startMail, type Answer, type Asking } from "./support/login.ts";
import { CLIENT, startOidcIssuer, type OidcIssuer } from "./support/oidc.ts";
import { until } from "./support/until.ts";
import { openDatabase, startPostgres, type TestPostgres } from "./support/postgres.ts";

// A test starts processes.
vi.setConfig({ testTimeout: 120_000 });

let server: TestPostgres;
beforeAll(async () => void (server = await startPostgres()));
afterAll(() => server.stop());

const ADA = { email: "Ada@Example.com", password: "correct horse battery" };
const ORDERS = `CREATE TABLE orders (id int PRIMARY KEY, owner text); CREATE TABLE profiles (user_id text PRIMARY KEY, plan text, credit numeric(10, 2))`;
const OWN = {
  roles: [{ name: "owner", applyWhen: { "root.owner": { $path: "user.id" }, "user.customData.plan": { $ne: "banned" } }, read: true }],
};

function tokensOf({ status, body }: Answer): { readonly accessToken: string; readonly refreshToken: string; readonly userId: string } {
  expect(status, JSON.stringify(body)).toBe(200);
  return body as ReturnType<typeof tokensOf>;
}

describe("an address and a password", () => {
  test("are registered, confirmed by mail, and log in; the rules see who asks", async () => {
    await using mail = await startMail();
    await using shop = await openDatabase(server, ORDERS);
    const login = { emailPassword: mail.emailPassword, customData: { collection: "profiles", userIdField: "user_id" } };
    await using project = await loginProject(login, { "collections/orders.json": OWN, ...mail.files });
    await using gateway = await startGateway(project.folder, { DATABASE_URL: shop.url, AWS_KEY: "canary-aws-4711" });
    const { ask, run } = gateway;

    expect((await ask("/v1/auth/register", { body: ADA })).status).toBe(202);
    const refused = await ask("/v1/auth/login/emailPassword", { body: ADA });
    expect([refused.status, refused.body["code"]]).toEqual([401, "LOGIN_REFUSED"]);
    const token = await mail.token(0);
    expect(mail.received()[0]?.fields).toMatchObject({ to: "ada@example.com", subject: "Welcome" });
    expect((await ask("/v1/auth/confirm", { body: { token } })).status).toBe(204);
    expect((await ask("/v1/auth/confirm", { body: { token } })).body["code"]).toBe("LINK_INVALID");

    const first = tokensOf(await ask("/v1/auth/login/emailPassword", { body: { ...ADA, email: "ada@example.com" } }));
    await shop.sql("INSERT INTO orders VALUES (1, $1), (2, 'another')", [first.userId]);
    const get = async (key: number, bearer?: string) => (await ask(`/v1/orders/${key}`, { bearer })).status;
    expect([await get(1, first.accessToken), await get(2, first.accessToken), await get(1)]).toEqual([200, 404, 404]);

    // What the project knows of a user is in the next access token.
    await shop.sql("INSERT INTO profiles VALUES ($1, 'banned', 12.50)", [first.userId]);
    expect(await get(1, first.accessToken)).toBe(200);
    const second = tokensOf(await ask("/v1/auth/session", { method: "POST", bearer: first.refreshToken }));
    expect(await get(1, second.accessToken)).toBe(404);
    const profile = await ask("/v1/auth/profile", { bearer: second.accessToken });
    expect(profile.body).toEqual({
      id: first.userId,
      type: "normal",
      data: { email: "ada@example.com" },
      customData: { user_id: first.userId, plan: "banned", credit: 12.5 },
      identities: [{ id: "ada@example.com", providerType: "emailPassword" }],
    });

    expect((await ask("/v1/auth/reset/send", { body: { email: ADA.email } })).status).toBe(202);
    const reset = { token: await mail.token(1), password: "another horse" };
    expect((await ask("/v1/auth/reset", { body: reset })).status).toBe(204);
    expect((await ask("/v1/auth/session", { method: "POST", bearer: second.refreshToken })).body["code"]).toBe("SESSION_INVALID");
    expect((await ask("/v1/auth/login/emailPassword", { body: ADA })).status).toBe(401);
    tokensOf(await ask("/v1/auth/login/emailPassword", { body: { ...ADA, password: "another horse" } }));

    await run.stop();
    const said = run.stdout() + run.stderr();
    for (const secret of [token, reset.token, ADA.password, "ada@example.com", first.refreshToken, "canary-aws-4711"])
      expect(said.toLowerCase()).not.toContain(secret.toLowerCase());
  });
});

const APP = "https://app.example.com/callback?from=gateway";

describe("OpenID Connect", () => {
  interface Begun {
    readonly verifier: string;
    readonly authorize: string;
  }

  const begin = async (ask: Asking, redirectUri = APP): Promise<Answer & Begun> => {
    const verifier = randomBytes(32).toString("base64url");
    const codeChallenge = createHash("sha256").update(verifier).digest("base64url");
    const answer = await ask(`/v1/auth/login/corp?${String(new URLSearchParams({ redirectUri, codeChallenge, state: "of the app" }))}`);
    return { ...answer, verifier, authorize: answer.headers.get("location") ?? "" };
  };
  /** The browser goes where it is sent: to the issuer, and back to the gateway. */
  const follow = async (ask: Asking, authorize: string): Promise<Answer> => {
    const back = new URL((await fetch(authorize, { redirect: "manual" })).headers.get("location") ?? "");
    return ask(`${back.pathname}${back.search}`);
  };
  const codeOf = ({ headers }: Answer): string | null => new URL(headers.get("location") ?? "").searchParams.get("code");
  const redeem = (ask: Asking, code: string | null, codeVerifier: string) => ask("/v1/auth/login/corp", { body: { code, codeVerifier } });

  const startCorp = async (issuer: OidcIssuer) => {
    const shop = await openDatabase(server, ORDERS);
    const oidc = { corp: { issuer: issuer.url, clientId: CLIENT.id, clientSecret: { $secret: "CORP_SECRET" }, redirectUris: [APP] } };
    const project = await loginProject({ oidc }, { "collections/orders.json": OWN }, { gateway: { publicUrl: "https://api.example.com" } });
    const gateway = await startGateway(project.folder, { DATABASE_URL: shop.url, CORP_SECRET: CLIENT.secret });
    const opened = new AsyncDisposableStack();
    for (const one of [shop, project, gateway]) opened.use(one);
    return { ...gateway, sql: shop.sql, [Symbol.asyncDispose]: () => opened.disposeAsync() };
  };

  test("lets in whom the issuer knows, and the app alone that began ends it", async () => {
    await using issuer = await startOidcIssuer();
    await using gateway = await startCorp(issuer);
    const { ask, run } = gateway;
    issuer.person = { sub: "ada", name: "Ada", email: "ada@example.com", email_verified: true };
    const begun = await begin(ask);
    expect(begun.status).toBe(302);
    const asked = new URL(begun.authorize).searchParams;
    expect(asked.get("redirect_uri")).toBe("https://api.example.com/v1/auth/callback/corp");
    expect(asked.get("code_challenge_method")).toBe("S256");
    const back = await follow(ask, begun.authorize);
    const page = new URL(back.headers.get("location") ?? "");
    expect([page.origin, page.pathname, page.searchParams.get("from"), page.searchParams.get("state")]).toEqual([
      "https://app.example.com",
      "/callback",
      "gateway",
      "of the app",
    ]);
    const stolen = await redeem(ask, codeOf(back), "x".repeat(43));
    expect(stolen.body["code"]).toBe("LOGIN_REFUSED");
    expect((await redeem(ask, codeOf(back), begun.verifier)).body["code"]).toBe("LOGIN_REFUSED");

    const again = await begin(ask);
    const code = codeOf(await follow(ask, again.authorize));
    const { accessToken, userId } = tokensOf(await redeem(ask, code, again.verifier));
    expect((await redeem(ask, code, again.verifier)).body["code"]).toBe("LOGIN_REFUSED");
    expect((await ask("/v1/auth/profile", { bearer: accessToken })).body).toMatchObject({
      id: userId,
      data: { name: "Ada", email: "ada@example.com" },
      identities: [{ id: "ada", providerType: "corp" }],
    });

    // An address that the issuer has not confirmed is not theirs.
    issuer.person = { sub: "eve", name: "Eve", email: "ada@example.com" };
    const eve = await begin(ask);
    const eves = tokensOf(await redeem(ask, codeOf(await follow(ask, eve.authorize)), eve.verifier));
    expect((await ask("/v1/auth/profile", { bearer: eves.accessToken })).body).toMatchObject({ data: { name: "Eve" } });
    expect(JSON.stringify((await ask("/v1/auth/profile", { bearer: eves.accessToken })).body)).not.toContain("ada@example.com");
    await run.stop();
    expect(run.stdout() + run.stderr()).not.toContain(CLIENT.secret);
  });

  test("sends nobody elsewhere, begins at no other's page, and believes no forged token", async () => {
    await using issuer = await startOidcIssuer();
    await using gateway = await startCorp(issuer);
    const { ask } = gateway;
    for (const uri of ["https://evil.example.com/", `${APP}/`, `${APP}x`, "https://app.example.com/callback", "javascript:alert(1)", ""])
      expect([uri, (await begin(ask, uri)).body["code"]]).toEqual([uri, "REDIRECT_NOT_ALLOWED"]);
    const query = new URLSearchParams({ redirectUri: APP, codeChallenge: "plain" });
    expect((await ask(`/v1/auth/login/corp?${String(query)}`)).body["code"]).toBe("CODE_CHALLENGE_INVALID");
    expect((await ask("/v1/auth/callback/corp?code=x&state=y")).body["code"]).toBe("STATE_INVALID");
    expect((await ask("/v1/auth/login/nobody")).body["code"]).toBe("PROVIDER_UNKNOWN");

    const once = await begin(ask);
    await follow(ask, once.authorize);
    expect((await follow(ask, once.authorize)).body["code"]).toBe("STATE_INVALID");
    const forged = [
      { nonce: "another" },
      { nonce: undefined },
      { aud: "another" },
      { iss: "https://evil.example.com" },
      { sub: "" },
      { exp: 1 },
    ];
    for (const forge of [...forged, "stranger", "nobody"] as const) {
      issuer.forge = typeof forge === "string" ? {} : forge;
      issuer.signedBy = typeof forge === "string" ? forge : "issuer";
      const begun = await begin(ask);
      const page = new URL((await follow(ask, begun.authorize)).headers.get("location") ?? "");
      expect([forge, page.searchParams.get("error"), page.searchParams.get("code")]).toEqual([forge, "LOGIN_REFUSED", null]);
    }
    const denied = await begin(ask);
    const state = new URL(denied.authorize).searchParams.get("state") ?? "";
    const page = await ask(`/v1/auth/callback/corp?${String(new URLSearchParams({ error: "access_denied", state }))}`);
    expect(page.headers.get("location")).toContain("error=LOGIN_REFUSED");
    // Who went all the way at first is the only one.
    expect(await gateway.sql("SELECT subject FROM backstitch.login_identity")).toEqual([{ subject: "ada" }]);
  });
});

test("sessions outlast a restart, a key of a server is made by the command line, and pages of one origin may ask", async () => {
  await using shop = await openDatabase(server, "CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders VALUES (1)");
  const servers = { roles: [{ name: "server", applyWhen: { "user.type": "server" }, read: true }] };
  await using project = await loginProject(
    { anonymous: true, apiKey: true },
    { "collections/orders.json": servers },
    {
      // In the same schema as users and sessions.
      journal: { type: "postgres", connectionString: { $secret: "DATABASE_URL" } },
    },
  );
  const environment = { DATABASE_URL: shop.url };
  const first = await startGateway(project.folder, environment);
  const before = tokensOf(await first.ask("/v1/auth/login/anonymous", { body: {} }));
  await first.run.stop();

  await using second = await startGateway(project.folder, environment);
  await using third = await startGateway(project.folder, environment, ["--name", "third"]);
  for (const { ask } of [second, third]) expect((await ask("/v1/auth/profile", { bearer: before.accessToken })).status).toBe(200);
  const after = tokensOf(await third.ask("/v1/auth/session", { method: "POST", bearer: before.refreshToken }));
  expect((await second.ask("/v1/auth/profile", { bearer: after.accessToken })).body["id"]).toBe(before.userId);

  const keys = (...args: readonly string[]) => backstitch(["--project", project.folder, "api-keys", ...args, "--json"], environment);
  const made = JSON.parse((await keys("create", "backend")).stdout) as { readonly id: string; readonly key: string };
  const read = (key: string) => second.ask("/v1/orders/1", { headers: { "x-api-key": key } });
  expect((await read(made.key)).body).toEqual({ id: 1 });
  expect((await second.ask("/v1/orders/1", { bearer: after.accessToken })).status).toBe(404);
  const listed = (await keys("list")).stdout;
  expect(JSON.parse(listed)).toMatchObject({ id: made.id, name: "backend" });
  expect(listed).not.toContain(made.key);
  expect((await keys("delete", made.id)).code).toBe(0);
  expect((await third.ask("/v1/orders/1", { headers: { "x-api-key": made.key } })).status).toBe(401);
  expect(await keys("delete", made.id)).toMatchObject({ code: 1, stderr: expect.stringContaining("no such API key") });

  const from = async (origin: string, method: string, path = "/v1/orders/2") => {
    const { status, headers } = await second.ask(path, {
      method,
      headers: { origin, "access-control-request-method": "PUT", "access-control-request-headers": "authorization" },
    });
    const told = ["origin", "credentials", "methods", "headers"].map((what) => headers.get(`access-control-allow-${what}`));
    return { status, told };
  };
  const ours = "https://app.example.com";
  expect((await from(ours, "OPTIONS")).told).toEqual([
    ours,
    null,
    expect.stringContaining("PUT"),
    expect.stringContaining("Authorization"),
  ]);
  // What is refused, too, a page can read.
  expect(await from(ours, "GET")).toMatchObject({ status: 404, told: [ours, null, null, null] });
  expect(await from(ours, "GET", "/v1/auth/profile")).toMatchObject({ status: 401, told: [ours, null, null, null] });
  for (const origin of ["https://evil.example.com", "https://app.example.com.evil.com", "http://app.example.com", "null", "*"])
    expect((await from(origin, "OPTIONS")).told[0]).toBeNull();
});

test("dev says where the links of its mails lead, whatever is not set", async () => {
  await using mail = await startMail();
  await using project = await loginProject(
    { emailPassword: mail.emailPassword },
    { "collections/orders.json": OWN, ...mail.files, "seed.sql": ORDERS },
    { gateway: { publicUrl: { $env: "NOT_SET" } } },
  );
  await using dev = start(["dev", "--project", project.folder]);
  const said = (pattern: RegExp) =>
    until(() => pattern.exec(dev.stdout())?.[1], { otherwise: () => dev.stdout() + dev.stderr(), within: 60_000 });
  const ask = askAt(await said(/collections are at (http\S+)/));
  expect((await fetch(await said(/page to try them is at (http\S+)/))).status).toBe(200);
  expect((await ask("/v1/auth/register", { body: ADA })).status).toBe(202);
  const token = new URL(await said(/To confirm: (http\S+)/)).searchParams.get("token");
  expect((await ask("/v1/auth/confirm", { body: { token } })).status).toBe(204);
  tokensOf(await ask("/v1/auth/login/emailPassword", { body: ADA }));
  // Its database ends with it, where it is told.
  dev.signal("SIGTERM");
  expect(await dev.ended).toMatchObject({ code: 0 });
});
