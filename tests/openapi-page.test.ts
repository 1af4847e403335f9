import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { loginProject, startGateway } from "./support/login.ts";
import { openDatabase, startPostgres, type TestPostgres } from "./support/postgres.ts";

// A browser and a database are started.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

/** Debian's; `.ci/run` installs it. */
const CHROMIUM = "/usr/bin/chromium";

let server: TestPostgres;
beforeAll(async () => void (server = await startPostgres()));
afterAll(() => server.stop());

const ORDERS = `CREATE TYPE state AS ENUM ('new', 'paid', 'shipped');
  CREATE TABLE orders (id int PRIMARY KEY, owner text NOT NULL, item text NOT NULL, price numeric(10, 2), state state NOT NULL DEFAULT 'new', made timestamptz NOT NULL DEFAULT now());`;
const OWN = {
  roles: [{ name: "owner", applyWhen: { "root.owner": { $path: "user.id" } }, read: true, write: true, insert: true }],
};

async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env["BACKSTITCH_SCREENSHOTS"];
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

describe.runIf(existsSync(CHROMIUM))("the page to try it (where Debian's chromium is installed)", () => {
  test("logs in with a token and reads a collection; it asks nobody else, and runs nothing but its own", async () => {
    await using opened = new AsyncDisposableStack();
    const shop = opened.use(await openDatabase(server, ORDERS));
    const files = { "collections/orders.json": OWN };
    const project = opened.use(await loginProject({ anonymous: true, apiKey: true }, files, { gateway: { openapi: true } }));
    const { ask } = opened.use(await startGateway(project.folder, { DATABASE_URL: shop.url }));
    const { body } = await ask("/v1/auth/login/anonymous", { body: {} });
    await shop.sql("INSERT INTO orders (id, owner, item, price) VALUES (1, $1, 'Lamp', 12.50), (2, 'another', 'Shade', 3)", [
      body["userId"],
    ]);

    const browser = opened.adopt(await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] }), (one) => one.close());
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 1600 } })).newPage();
    const wrong: string[] = [];
    const asked: string[] = [];
    page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
    page.on("pageerror", (error) => wrong.push(error.message));
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(`${ask.url}/docs`);
    await page.getByText("/v1/orders", { exact: true }).first().waitFor();
    await screenshot(page, "openapi");

    await page.getByRole("button", { name: "Authorize" }).click();
    await page.getByLabel("auth-bearer-value").first().fill(String(body["accessToken"]));
    await page.getByRole("button", { name: "Apply credentials" }).first().click();
    await page.getByRole("button", { name: "Close" }).first().click();
    const listing = page.locator(".opblock", { hasText: "Lists documents" });
    await listing.locator(".opblock-summary-control").click();
    await listing.getByPlaceholder("filter").fill('{"price": {"$gt": 5}}');
    await listing.getByRole("button", { name: "Execute" }).click();
    await listing.locator(".live-responses-table .response .highlight-code").getByText("Lamp").waitFor();
    const answered = await listing.locator(".live-responses-table .response").first().textContent();
    expect(answered).toContain("200");
    expect(answered).toContain("12.5");
    expect(answered).not.toContain("Shade");
    await screenshot(page, "openapi-list");

    expect(wrong).toEqual([]);
    // What somebody put into the page would not run, and a file that is known does not come again.
    const inject =
      'const script = document.createElement("script"); script.textContent = "window.ran = true"; document.body.append(script);';
    const ran = await page.evaluate(`(() => { ${inject} return "ran" in window; })()`);
    expect(ran).toBe(false);
    const file = await fetch(`${ask.url}/docs/swagger-ui.css`);
    const known = { "if-none-match": file.headers.get("etag") ?? "" };
    expect([file.status, (await fetch(`${ask.url}/docs/swagger-ui.css`, { headers: known })).status]).toEqual([200, 304]);
    expect([...new Set(asked.filter((url) => !url.startsWith("data:")).map((url) => new URL(url).origin))]).toEqual([ask.url]);
  });
});
