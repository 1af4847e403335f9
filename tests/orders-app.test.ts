import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { twilioPeer } from "@backstitch/sandbox";
import { chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { servePage } from "../examples/orders-app/serve-page.ts";
import { backstitch, startRun, type Environment } from "./support/backstitch.ts";
import { disposable } from "./support/disposable.ts";
import { openDatabase, startPostgres, type TestPostgres } from "./support/postgres.ts";
import { until } from "./support/until.ts";

// A browser, a database and two servers are started.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const EXAMPLE = join(import.meta.dirname, "../examples/orders-app");
/** Debian's; `.ci/run` installs it. */
const CHROMIUM = "/usr/bin/chromium";
const ACCOUNT = { accountSid: `AC${"1".repeat(32)}`, authToken: "a-token" };

let server: TestPostgres;
beforeAll(async () => void (server = await startPostgres()));
afterAll(() => server.stop());

/** The example's project, on ports that the system picks. */
async function exampleAt(page: string, twilio: string): Promise<{ readonly folder: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), "backstitch-orders-app-"));
  for (const part of ["collections", "rules", "services"]) await cp(join(EXAMPLE, part), join(folder, part), { recursive: true });
  await symlink(join(EXAMPLE, "node_modules"), join(folder, "node_modules"));
  const manifest = JSON.parse(await readFile(join(EXAMPLE, "backstitch.json"), "utf8")) as { gateway: object; sources: { shop: object } };
  const sources = { shop: { ...manifest.sources.shop, slot: { $env: "SLOT" } } };
  await writeFile(
    join(folder, "backstitch.json"),
    JSON.stringify({ ...manifest, sources, gateway: { ...manifest.gateway, port: 0, origins: [page] } }),
  );
  const sms = JSON.parse(await readFile(join(EXAMPLE, "services/sms.json"), "utf8")) as { config: object };
  await writeFile(join(folder, "services/sms.json"), JSON.stringify({ ...sms, config: { ...sms.config, baseUrl: twilio } }));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

async function logIn(page: Page, email: string, how: "Register" | "Log in"): Promise<void> {
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill("a long password");
  await page.getByRole("button", { name: how }).click();
  await page.getByRole("button", { name: "Order", exact: true }).waitFor();
}

async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env["BACKSTITCH_SCREENSHOTS"];
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

test("the example has no problems, and its rule's tests pass", async () => {
  const environment = {
    DATABASE_URL: "postgres://shop@localhost/shop",
    TWILIO_ACCOUNT_SID: ACCOUNT.accountSid,
    TWILIO_AUTH_TOKEN: "a-token",
  };
  const checked = await backstitch(["check", "--strict", "--project", EXAMPLE], environment);
  expect(checked.code, checked.stdout + checked.stderr).toBe(0);
  const tested = await backstitch(["test", "--project", EXAMPLE], environment);
  expect(tested.code, tested.stdout + tested.stderr).toBe(0);
});

describe.runIf(existsSync(CHROMIUM))("orders in a browser (where Debian's chromium is installed)", () => {
  test("are made, changed and shipped; whoever ordered sees it happen, and gets a text", async () => {
    await using opened = new AsyncDisposableStack();
    const shop = opened.use(await openDatabase(server, await readFile(join(EXAMPLE, "seed.sql"), "utf8")));
    const twilio = opened.use(disposable(await twilioPeer({ credentials: ACCOUNT })));
    const served = opened.adopt(await servePage(0), (one) => one.close());
    const { folder } = opened.use(await exampleAt(served.url, twilio.url));
    const environment: Environment = { ...shop.environment, TWILIO_ACCOUNT_SID: ACCOUNT.accountSid, TWILIO_AUTH_TOKEN: ACCOUNT.authToken };
    const setUp = await backstitch(["setup", "--project", folder], environment);
    expect(setUp.code, setUp.stderr).toBe(0);
    const run = opened.use(startRun(folder, environment, ["--http"]));
    await run.ready();
    const { http } = await run.logged("running");
    const browser = opened.adopt(await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] }), (one) => one.close());
    const open = async (): Promise<Page> => {
      const page = await (await browser.newContext()).newPage();
      await page.goto(`${served.url}/?api=${encodeURIComponent(String(http))}`);
      return page;
    };

    const ada = await open();
    await logIn(ada, "ada@example.com", "Register");
    await ada.getByLabel("Item").fill("Lamp <b>&</b> shade");
    await ada.getByLabel("Quantity", { exact: true }).fill("2");
    await ada.getByLabel("Phone").fill("+15005550123");
    await ada.getByRole("button", { name: "Order", exact: true }).click();
    const quantity = ada.getByLabel("Quantity of Lamp <b>&</b> shade");
    await quantity.waitFor();
    await quantity.fill("3");
    await quantity.press("Tab");
    await until(async () => (await shop.sql("SELECT 1 FROM orders WHERE quantity = 3")).length === 1);
    await screenshot(ada, "customer");

    // Somebody else sees nothing of it, and cannot ship it; staff can.
    const bob = await open();
    await logIn(bob, "bob@example.com", "Register");
    await bob.getByText("No orders yet.").waitFor();
    await shop.sql("INSERT INTO staff SELECT user_id, 'staff' FROM backstitch.login_identity WHERE subject = 'bob@example.com'");
    await bob.getByRole("button", { name: "Log out" }).click();
    await logIn(bob, "bob@example.com", "Log in");
    await bob.getByRole("button", { name: "Ship" }).click();
    await ada.locator("tr.shipped").waitFor();
    expect(await ada.locator("tr.shipped td").allTextContents()).toEqual(["Lamp <b>&</b> shade", "3", "shipped", ""]);
    await screenshot(ada, "shipped");
    const text = await until(() => twilio.received()[0]);
    expect(text.fields).toMatchObject({ To: "+15005550123", Body: "Your 3 × Lamp <b>&</b> shade are on their way." });
    expect(twilio.received()).toHaveLength(1);
  });
});
