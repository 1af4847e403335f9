import { readFileSync } from "node:fs";
import { join } from "node:path";
import { tables } from "@backstitch/cli";
import { formatProblem } from "@backstitch/core/rules";
import { loadProject } from "@backstitch/project";
import { freePort, httpPeer } from "@backstitch/sandbox";
import { SHAPES } from "@backstitch/sources/decoders";
import { expect, test, vi } from "vitest";
import { backstitch, startRun } from "./support/backstitch.ts";
import { listDeliveries } from "./support/deliveries.ts";
import { disposable } from "./support/disposable.ts";
import { httpService, request, rule, writeProject } from "./support/project.ts";
import { until } from "./support/until.ts";

vi.setConfig({ testTimeout: 60_000 });

const SECRETS = { TOKEN: "hunter2", SIGNING: "whsec_hunter2!" };
const token = { bearerToken: { $secret: "TOKEN" } };

test("every shape may be accepted", () => {
  expect(tables.sources["http"]?.config.properties?.["accepts"]?.enum).toEqual(SHAPES);
});

test.each([
  ["a token", token, []],
  ["this machine alone", { authentication: "none" }, []],
  ["a token beyond this machine", { ...token, host: "0.0.0.0" }, []],
  ["nothing", {}, ['SOURCE_KEY_MISSING The value needs "bearerToken", "signingSecret" or "authentication".']],
  [
    "nobody asked beyond this machine",
    { authentication: "none", host: "0.0.0.0" },
    [
      'SOURCE_VALUE_INVALID Anybody who reaches "0.0.0.0" could post changes: "authentication": "none" is for 127.0.0.1 alone. Give a "bearerToken" or a "signingSecret".',
    ],
  ],
  [
    "a secret that is none",
    { signingSecret: { $secret: "SIGNING" } },
    ['SOURCE_VALUE_INVALID "signingSecret" starts with "whsec_", but base64 does not follow.'],
  ],
  ["another shape", { ...token, accepts: "debesium" }, ['SOURCE_VALUE_UNKNOWN "accepts" is "debesium"; it must be "backstitch",']],
] as const)("who may post is settled at check: %s", async (_, config, expected) => {
  await using project = await writeProject({
    "backstitch.json": { sources: { shop: { type: "http", accepts: "dms", port: 0, ...config } } },
    "services/sink.json": httpService("http://127.0.0.1:9"),
    "rules/all.json": rule("item", request("/all", {})),
  });
  const { problems } = await loadProject(project.folder, tables, SECRETS);
  const said = problems.map(formatProblem);
  expect(said).toHaveLength(expected.length);
  for (const [index, text] of expected.entries()) expect(said[index]).toContain(text);
  expect(said.join("\n")).not.toContain("hunter2");
});

const FIXTURES = join(import.meta.dirname, "../packages/sources/test/fixtures/dms");

test("what was answered 200 survives a process that is killed; posted again it is the same change, and what cannot be read is a dead letter", async () => {
  await using sink = disposable(await httpPeer());
  const port = await freePort();
  await using project = await writeProject({
    "backstitch.json": { sources: { shop: { type: "http", accepts: "dms", port, path: "/changes", ...token } } },
    "services/sink.json": httpService(sink.url),
    "rules/sold.json": rule("inventory", request("/sold", { id: { $path: "key.id" }, left: { $path: "after.quantity" } }), {
      when: { "after.quantity": { $changedFrom: 12 } },
    }),
  });
  const environment = { TOKEN: SECRETS.TOKEN };
  const post = async (body: string): Promise<unknown> => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${SECRETS.TOKEN}` };
    const answer = await fetch(`http://127.0.0.1:${port}/changes`, { method: "POST", headers, body }).catch(() => undefined);
    return answer?.status === 200 ? answer.json() : undefined;
  };
  const sold = readFileSync(join(FIXTURES, "sold.json"), "utf8");
  await using dead = startRun(project.folder, environment);
  expect(await until(() => post(`[${sold},{"data":{"hunter3":1}}]`))).toEqual({ events: 1, unreadable: 1, ignored: 0 });
  dead.signal("SIGKILL");
  await dead.ended;

  await using run = startRun(project.folder, environment);
  expect(await until(() => post(`[${sold},{"data":{"hunter3":1}}]`))).toEqual({ events: 1, unreadable: 1, ignored: 0 });
  expect(await post(readFileSync(join(FIXTURES, "dearer.json"), "utf8"))).toMatchObject({ events: 1 });
  await until(async () => (await listDeliveries(project.folder, environment, "--state", "accepted")).length === 1);
  const [letter, ...more] = await listDeliveries(project.folder, environment, "--state", "rejected");
  expect(more).toEqual([]);
  expect(letter?.outcomes.at(-1)?.outcome).toMatchObject({ code: "RECORD_UNREADABLE", reason: '"metadata" is not an object.' });
  await run.stop();
  // One delivery: an attempt that was cut off is made again under the same id.
  expect(new Set(sink.received().map(({ operation, headers }) => `${operation} ${headers["webhook-id"]}`)).size).toBe(1);
  expect(run.stdout() + dead.stdout()).not.toContain("hunter");
});

test("what could not be read is shown to a person: as text where it is one, else as base64, and no more than a screen of it", async () => {
  const port = await freePort();
  await using project = await writeProject({
    "backstitch.json": { sources: { shop: { type: "http", accepts: "backstitch", port, authentication: "none" } } },
    "services/sink.json": httpService("http://127.0.0.1:9"),
    "rules/sold.json": rule("inventory", request("/sold", {})),
  });
  const post = (body: string): Promise<unknown> =>
    fetch(`http://127.0.0.1:${port}/`, { method: "POST", headers: { "content-type": "application/x-ndjson" }, body }).then(
      (answer) => answer.json(),
      () => undefined,
    );
  await using run = startRun(project.folder, {});
  const long = `{"phone":"15005550009","long":"${"ü".repeat(5_000)}"}`;
  const bell = '{"bell":"\u0007"}';
  expect(await until(() => post(`${long}\n${bell}\n`))).toEqual({ events: 0, unreadable: 2, ignored: 0 });
  await run.stop();

  const letters = await listDeliveries(project.folder, {}, "--state", "rejected");
  const show = async (...args: readonly string[]): Promise<readonly string[]> =>
    Promise.all(letters.map(async ({ id }) => (await backstitch(["deliveries", "show", id, "-p", project.folder, ...args], {})).stdout));
  const hidden = (await show()).toSorted((left, right) => right.indexOf("no text") - left.indexOf("no text"));
  expect(hidden[0]).toMatch(/^record +12 bytes, no text: base64; "--reveal" shows it$/m);
  expect(hidden[1]).toMatch(/^record +10,033 bytes, text; "--reveal" shows it$/m);
  expect(hidden.join("")).not.toContain("5005550009");

  const shown = (await show("--reveal")).map((one) => /^record +([^]*?)\nattempt/m.exec(one)?.[1] ?? "").toSorted();
  const [what, margin] = ["10,033 bytes, text, of which the first 4000 characters follow", " ".repeat(13)];
  const all = /all of it: backstitch deliveries show (\w+) --reveal --json \| jq -r \.event\.after\.raw \| base64 -d$/m.exec(
    shown[0] ?? "",
  );
  expect(shown).toEqual([
    `${what}; ${all?.[0]}\n${margin}${long.slice(0, 4_000)}`,
    `12 bytes, no text: base64\n${margin}${Buffer.from(bell).toString("base64")}`,
  ]);
  const whole = await backstitch(["deliveries", "show", all?.[1] ?? "", "-p", project.folder, "--reveal", "--json"], {});
  expect(Buffer.from((JSON.parse(whole.stdout) as Shown).event.after.raw, "base64").toString()).toBe(long);
});

interface Shown {
  readonly event: { readonly after: { readonly raw: string } };
}
