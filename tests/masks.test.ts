import { randomUUID } from "node:crypto";
import { httpPeer, twilioPeer } from "@backstitch/sandbox";
import { expect, test, vi } from "vitest";
import { backstitch, startRun } from "./support/backstitch.ts";
import { listDeliveries, type Listed } from "./support/deliveries.ts";
import { disposable } from "./support/disposable.ts";
import { httpService, request, rule, writeProject } from "./support/project.ts";
import { createRandom } from "./support/random.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 60_000 });

const PROJECT = { "backstitch.json": { sources: { shop: { type: "jsonl", path: "changes.jsonl" } } } };

/** What names somebody, as rows and requests have it, and what is shown instead. */
const HIDDEN: readonly (readonly [text: string, shown: string])[] = [
  ["+15005550123", "+15•••23"],
  ["call +1 (500) 555-0123 at 12:30", "call +1 •••23 at 12:30"],
  ["+1-500-555-0123", "+1-•••23"],
  ["+1.500.555.0123.", "+1.•••23."],
  ["+49 (0)30 1234567", "+49•••67"],
  ["+33 6 12 34 56 78", "+33•••78"],
  ["+44\u00a020\u00a07946\u00a00018", "+44•••18"],
  ["+1 500 555 0123 2026-11-26", "+1 •••23 2026-11-26"],
  ["/users/%2B15005550123/orders/42", "/users/%2B•••23/orders/42"],
  ["/users/%2b1%20(500)%20555-0123", "/users/%2b•••23"],
  ["to=%2B1+%28500%29+555-0123&id=42", "to=%2B•••23&id=42"],
  ["next=%252B15005550123", "next=%25•••23"],
  ["Ada <ada@example.com>", "Ada <a•••@example.com>"],
  ["/users/ada%40example.com/orders/42", "/users/a•••%40example.com/orders/42"],
  ["/orders/42/ada@example.com", "/orders/42/a•••@example.com"],
  ["?cc=ada.l%40example.co.uk%2Cbob%40example.com&id=42", "?c•••%40example.co.uk%•••%40example.com&id=42"],
  ["ada%2540example.com", "a•••%2540example.com"],
  ["ada%40m%C3%BCller.example", "a•••%40m%C3%BCller.example"],
];

/** What looks like it in some way, and names nobody. */
const SHOWN: readonly string[] = [
  "2026-11-26",
  "2026-11-26T06:11:10.123456Z",
  "2026-11-26T06:11:10+05:30",
  "2026-11-26 06:11:10.123456+00",
  "2026-11-26 06:11:10+02 2026-11-27 06:11:10+02",
  "1 234 567.00",
  "+12.50",
  "+1 234 567.00 EUR",
  "+1.234.567,00",
  "1,234,567.00",
  "15005550123",
  "4711-0815-2026",
  "978-3-16-148410-0",
  "DE89 3704 0044 0532 0130 00",
  "3.14159265358979",
  "192.168.100.200:5432",
  "1e+100",
  "a+b%40c",
  "100%40 of 200",
  "50% 20260101",
  "%20%28500%29%20555-0123",
  "low-stock/after.quantity",
  "@ada",
];

const SEPARATORS = [" ", "-", ".", "", "%20"];

/** Any number, in any of the ways people write one. */
function numbers(): readonly string[] {
  const random = createRandom(5);
  return Array.from({ length: 200 }, () => {
    const digits = Array.from({ length: 9 + random.below(6) }, () => String(1 + random.below(9)));
    const separator = SEPARATORS[random.below(SEPARATORS.length)] ?? "";
    const groups = digits.join("").match(/\d{1,4}/g) ?? [];
    return `${random.below(2) === 0 ? "+" : "%2B"}${groups.join(separator)}`;
  });
}

/** Ids, hashes, dates and amounts, any. */
function othersThan(): readonly string[] {
  const random = createRandom(6);
  return Array.from({ length: 200 }, () => {
    const hex = randomUUID().replaceAll("-", "");
    const date = new Date(random.below(4_000_000) * 1_000_000);
    const amount = random.below(2_000_000_000) / 100;
    const ids = [randomUUID(), `/orders/${hex}`, String(random.below(4_000_000_000)), Buffer.from(hex).toString("hex")];
    return [...ids, date.toISOString(), date.toUTCString(), String(amount), amount.toLocaleString("de"), `-${amount.toLocaleString("en")}`];
  }).flat();
}

/** What `deliveries list` shows of texts in a request whose schema says nothing of them. */
async function shownOf(texts: readonly string[] | Readonly<Record<string, number>>): Promise<Listed> {
  await using sink = disposable(await httpPeer());
  await using project = await writeProject({
    ...PROJECT,
    "changes.jsonl": `${JSON.stringify({ operation: "insert", collection: "item", after: { id: 1, texts } })}\n`,
    "services/sink.json": httpService(sink.url),
    "rules/item.json": rule("item", request("/items", { $path: "after.texts" })),
  });
  expect((await startRun(project.folder).ended).code).toBe(0);
  const [delivery, ...others] = await listDeliveries(project.folder, {});
  if (delivery === undefined || others.length > 0) throw new Error("There is not one delivery.");
  expect(delivery.state).toBe("accepted");
  return delivery;
}

test("numbers and addresses are hidden in whatever way they are written, and nothing beside them", async () => {
  const written = numbers();
  const { args } = await shownOf([...HIDDEN.map(([text]) => text), ...written]);
  const shown = args?.["body"] as readonly string[];
  expect(HIDDEN.map(([text], index) => [text, shown[index]])).toEqual(HIDDEN);
  expect(shown.slice(HIDDEN.length)).toEqual(written.map((text) => `${text.slice(0, 3)}•••${text.slice(-2)}`));
});

test("ids, dates, amounts and hashes are shown as they are", async () => {
  const texts = [...SHOWN, ...othersThan()];
  expect((await shownOf(texts)).args?.["body"]).toEqual(texts);
});

const NAMES = {
  ...Object.fromEntries(HIDDEN.map(([text], index) => [text, index])),
  ...Object.fromEntries(SHOWN.map((text) => [text, 0])),
};

test("so they are where they are the names of values, each of which is still there", async () => {
  const { args } = await shownOf({ ...NAMES, "+15005550923": 100 });
  const names = Object.keys(args?.["body"] as object);
  expect(new Set(names)).toEqual(new Set([...HIDDEN.map(([, shown]) => shown), ...SHOWN, "+15•••23 (2)"]));
  expect(args?.["body"]).toMatchObject({ "+15•••23": 0, "+15•••23 (2)": 100 });
});

test("a name is hidden in an explanation, also where it is a recipient's alone", async () => {
  await using twilio = disposable(await twilioPeer());
  const sms = { accountSid: `AC${"1".repeat(32)}`, authToken: { $secret: "TOKEN" }, from: "+15005550006", baseUrl: twilio.url };
  const text = { service: "sms", action: "send", with: { to: "+{{ after.phone }}", body: "a" } };
  const phones = { "15005550123": "a", "ada@example.com": "b" };
  await using project = await writeProject({
    ...PROJECT,
    "changes.jsonl": `${JSON.stringify({ operation: "insert", collection: "item", after: { id: 1, phones, phone: "15005550123" } })}\n`,
    "services/sms.json": { connector: "twilio", config: sms },
    "rules/item.json": rule("item", text, { when: { "after.phones": { $ne: "x" } } }),
  });
  const environment = { TOKEN: "token" };
  expect((await startRun(project.folder, environment).ended).code).toBe(0);
  const [delivery] = await listDeliveries(project.folder, environment);
  const { code, stdout } = await backstitch(["explain", "item", delivery?.eventId ?? "", "-p", project.folder], environment);
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining("•••") as string });
  expect(stdout).toContain("phones");
  expect(stdout).not.toMatch(/5005550|ada@/);
});

test("show and explain hide a path that names somebody", async () => {
  await using sink = disposable(await httpPeer());
  await using project = await writeProject({
    ...PROJECT,
    "changes.jsonl": `${JSON.stringify({ operation: "insert", collection: "item", after: { phone: "+15005550123", mail: "ada@example.com" } })}\n`,
    "services/sink.json": httpService(sink.url),
    "rules/path.json": rule("item", request("/users/{{ after.phone }}?mail={{ after.mail }}", "+1 (500) 555-0123")),
  });
  expect((await startRun(project.folder).ended).code).toBe(0);
  const [delivery] = await listDeliveries(project.folder, {});
  if (delivery === undefined) throw new Error("There is no delivery.");
  const { id, eventId } = delivery;
  for (const args of [
    ["deliveries", "show", id],
    ["deliveries", "show", id, "--json"],
    ["explain", "path", eventId],
  ]) {
    const { code, stdout } = await backstitch([...args, "-p", project.folder]);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining("/users/") as string });
    expect(stdout).not.toMatch(/5005550|555-0|ada(?:@|%40)/);
  }
});
