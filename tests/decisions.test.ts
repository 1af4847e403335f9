import { httpPeer, twilioPeer } from "@backstitch/sandbox";
import { expect, test, vi } from "vitest";
import { type Ended, type Environment, backstitch, startRun } from "./support/backstitch.ts";
import { listDeliveries } from "./support/deliveries.ts";
import { disposable } from "./support/disposable.ts";
import { httpService, request, rule, writeProject, type Files, type ProjectFolder } from "./support/project.ts";
import { until } from "./support/until.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 180_000 });

const PHONES = ["+15005550123", "+15005550124"] as const;
const ENVIRONMENT: Environment = { SID: `AC${"1".repeat(32)}`, TOKEN: "token", CI: "true" };

const change = (id: number, n: number, phone: string | undefined): string =>
  `${JSON.stringify({ operation: "insert", collection: "item", after: { id, n, phone } })}\n`;

function files(sink: string, sms: string, lines: string): Files {
  return {
    "backstitch.json": { sources: { shop: { type: "jsonl", path: "lines.jsonl" } } },
    "lines.jsonl": lines,
    "services/sink.json": httpService(sink),
    "services/sms.json": {
      connector: "twilio",
      config: { accountSid: { $env: "SID" }, authToken: { $secret: "TOKEN" }, from: "+15005550006", baseUrl: sms },
    },
    "rules/items.json": rule("item", request("/items", { n: { $path: "after.n" } })),
    "rules/text.json": rule("item", { service: "sms", action: "send", with: { to: { $path: "after.phone" }, body: "{{ after.n }}" } }),
  };
}

interface Shop extends AsyncDisposable {
  readonly project: ProjectFolder;
  readonly sink: Awaited<ReturnType<typeof httpPeer>>;
  deliveries(...args: readonly string[]): Promise<Ended>;
  list(...args: readonly string[]): ReturnType<typeof listDeliveries>;
}

async function openShop(lines: string): Promise<Shop> {
  const stack = new AsyncDisposableStack();
  const sink = stack.use(disposable(await httpPeer()));
  const twilio = stack.use(disposable(await twilioPeer()));
  const project = stack.use(await writeProject(files(sink.url, twilio.url, lines)));
  return {
    project,
    sink,
    deliveries: (...args) => backstitch(["deliveries", ...args, "-p", project.folder], ENVIRONMENT),
    list: (...args) => listDeliveries(project.folder, ENVIRONMENT, ...args),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

test("what a filter means is shown first, and dropped, held and released only with --yes; no process needs to run", async () => {
  await using shop = await openShop(change(1, 1, PHONES[0]) + change(1, 2, PHONES[1]) + change(2, 3, PHONES[0]));
  const { project, sink, deliveries, list } = shop;
  await project.write({ "services/sink.json": httpService("http://127.0.0.1:9") });
  await using run = startRun(project.folder, ENVIRONMENT);
  await run.logged("not delivered", { rule: "items" });
  await until(() => run.lines().filter(({ msg, rule: name }) => msg === "delivered to service" && name === "text").length === 3);
  // In good order: what it has claimed is pending or waiting again.
  run.signal("SIGTERM");
  await run.ended;

  const filters: readonly (readonly [args: readonly string[], many: number])[] = [
    [["--service", "sms"], 3],
    [["--recipient", PHONES[0]], 2],
    [["--recipient", "+15005550999"], 0],
    [["--older", "1h"], 0],
    [["--newer", "1h", "--rule", "items"], 3],
  ];
  for (const [args, many] of filters) expect(await list(...args), args.join(" ")).toHaveLength(many);
  const shown = await deliveries("forget", "--recipient", PHONES[0], "--reason", "Asked to.");
  expect(shown).toMatchObject({ code: 0, stderr: "" });
  expect(shown.stdout).toMatch(/^2 deliveries would be forgotten\. Nothing was done: say --yes to do it\.$/m);
  expect(shown.stdout).not.toContain(PHONES[0]);
  expect((await list("--recipient", PHONES[0])).every(({ args }) => args !== undefined)).toBe(true);
  expect((await deliveries("forget", "--recipient", PHONES[0], "--reason", "Asked to.", "--yes")).stdout).toBe(
    "2 deliveries were forgotten.\n",
  );
  expect((await list("--rule", "text")).map(({ args }) => args !== undefined)).toEqual([false, true, false]);

  // Of lane 1, the second is held from its place on; of lane 2 nothing is left.
  const [first, second, third] = (await list("--rule", "items")).map(({ id }) => id) as [string, string, string];
  expect((await deliveries("hold", second, "--reason", "Wait.")).stdout).toBe(`${second} is held.\n`);
  const dry = JSON.parse(
    (await deliveries("drop", "--rule", "items", "--state", "waiting", "pending", "--reason", "Old.", "--json")).stdout,
  );
  expect(dry).toEqual({ act: "drop", done: false, count: 2, ids: [first, third] });
  expect((await deliveries("drop", third, "--reason", "Wrong price.", "--json")).stdout).toBe(
    `${JSON.stringify({ act: "drop", done: true, count: 1, ids: [third], left: {} })}\n`,
  );
  const why = (await deliveries("show", third)).stdout;
  expect(why).toMatch(/^state +dropped$/m);
  expect(why).toMatch(/^by hand +\S+Z DROPPED_BY_HAND "\w+@.*": Wrong price\.$/m);

  await project.write({ "services/sink.json": httpService(sink.url) });
  await using again = startRun(project.folder, ENVIRONMENT);
  const body = (n: number): string => JSON.stringify({ n });
  await until(() => sink.received().length === 1);
  expect(await again.ended).toMatchObject({ code: 0 });
  expect(sink.received().map(({ fields }) => fields["body"])).toEqual([body(1)]);
  expect((await deliveries("release", "--rule", "items", "--yes")).stdout).toBe("1 delivery was released.\n");
  await using last = startRun(project.folder, ENVIRONMENT);
  expect(await last.ended).toMatchObject({ code: 0 });
  expect(sink.received().map(({ fields }) => fields["body"])).toEqual([body(1), body(2)]);
  expect((await list("--rule", "items")).map(({ state }) => state)).toEqual(["accepted", "accepted", "dropped"]);
});

test("dead letters are retried at a rate, each row's in order, beside a running process", async () => {
  const lines = Array.from({ length: 12 }, (_, index) => change(index % 3, index, PHONES[0])).join("");
  await using shop = await openShop(lines);
  const { project, sink, deliveries, list } = shop;
  sink.misbehave({ kind: "refuse-credentials" }, 12);
  await using first = startRun(project.folder, ENVIRONMENT);
  expect(await first.ended).toMatchObject({ code: 0 });
  const dead = await list("--state", "rejected", "--code", "HTTP_401");
  expect(dead).toHaveLength(12);
  await project.write({ "backstitch.json": { sources: { shop: { type: "jsonl", path: "-" } } } });
  await using run = startRun(project.folder, ENVIRONMENT);
  await run.ready();
  const retried = await deliveries("retry", "--rule", "items", "--rate", "6000/m", "--reason", "Mended.", "--yes");
  expect(retried).toMatchObject({ code: 0, stdout: "12 deliveries were retried.\n", stderr: "" });
  await until(() => sink.received().length === 12);
  const sent = sink.received().map(({ fields }) => (JSON.parse(fields["body"] as string) as { n: number }).n);
  for (const row of [0, 1, 2]) expect(sent.filter((n) => n % 3 === row)).toEqual([row, row + 3, row + 6, row + 9]);
  const done = await list("--rule", "items");
  expect(done.every(({ outcomes }) => outcomes.some(({ outcome }) => outcome.code === "RETRIED_BY_HAND"))).toBe(true);
  await run.stop();
});

test("a recipient is found however it is written, and what has no arguments to look at is said", async () => {
  const phones = ["+1 (500) 555-0123", "tel:+15005550123", PHONES[0], PHONES[1], undefined];
  await using shop = await openShop(phones.map((phone, index) => change(index, index, phone)).join(""));
  const { project, deliveries, list } = shop;
  await using run = startRun(project.folder, ENVIRONMENT);
  expect((await run.ended).code).toBe(0);
  expect((await list("--rule", "text")).filter(({ args }) => args === undefined)).toHaveLength(1);
  for (const written of [PHONES[0], "+1 (500) 555-0123", "001 500 555 0123", "tel:+1-500-555-0123"])
    expect(await list("--recipient", written), written).toHaveLength(3);
  const line = (are: string, they: string): string =>
    `${are} no arguments to look at, since none could be made or they are forgotten: whether ${they} went to this recipient cannot be told.\n`;
  const forget = ["forget", "--recipient", "001 500 555-0123", "--reason", "Asked to."];
  const shown = await deliveries(...forget);
  expect(shown).toMatchObject({ code: 0, stderr: line("1 more delivery has", "it") });
  expect(shown.stdout).toContain("3 deliveries would be forgotten.");
  expect(await deliveries(...forget, "--yes")).toMatchObject({ stdout: "3 deliveries were forgotten.\n" });
  const after = { code: 0, stdout: "No deliveries.\n", stderr: line("4 more deliveries have", "they") };
  expect(await deliveries("list", "--recipient", PHONES[0])).toEqual(after);
  expect(await deliveries("list", "--recipient", PHONES[0], "--rule", "items")).toMatchObject({ stderr: "" });
  expect((await list("--rule", "text", "--recipient", PHONES[1])).map(({ args }) => args !== undefined)).toEqual([true]);
});

const MISTAKES: readonly (readonly [args: readonly string[], says: RegExp])[] = [
  [["drop", "--yes", "--reason", "x"], /^Say which are to be dropped: ids, or a filter such as --rule or --older\.$/m],
  [["drop", "a", "--rule", "b", "--reason", "x"], /^Name deliveries by their ids, or by a filter; not by both\.$/m],
  [["drop", "--rule", "items"], /^error: required option '--reason <text>' not specified$/m],
  [["release", "--state", "accepted", "--rule", "items"], /^What is accepted cannot be released; what is held can\.$/m],
  [["list", "--older", "soon"], /^--older is "soon"; it must be a number with "ms", "s", "m", "h" or "d", such as 2h\.$/m],
  [["retry", "--rule", "items", "--rate", "10"], /It must be a number above 0 with "\/s", "\/m" or "\/h", such as 10\/s\.$/m],
  [["drop", "--rule", "items", "--reason", " ", "--yes"], /argument ' ' is invalid\. It must say why\.$/m],
  [
    ["drop", "--rule", "itms", "--reason", "x", "--yes"],
    /^No delivery is of a rule "itms", nor has the project one\. Did you mean "items"\?$/m,
  ],
  [
    ["list", "--service", "mail"],
    /^No delivery is of a service "mail", nor has the project one\. The project's services are "sink", "sms"\.$/m,
  ],
  [["hold", "nobody", "--reason", "x"], /^There is no delivery "nobody"\./m],
];
test("mistakes are said in a sentence, and nothing is done", async () => {
  await using shop = await openShop("");
  await using run = startRun(shop.project.folder, ENVIRONMENT);
  await run.ended;
  for (const [args, says] of MISTAKES) {
    const ended = await shop.deliveries(...args);
    expect(ended, args.join(" ")).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(says) });
    expect(ended.stderr).not.toMatch(/^\s+at /m);
  }
});
