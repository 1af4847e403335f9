import { createServer, type IncomingHttpHeaders } from "node:http";
import { freePort, eventbridgePeer } from "@backstitch/sandbox";
import { expect, test, vi } from "vitest";
import { startRun } from "./support/backstitch.ts";
import { disposable } from "./support/disposable.ts";
import { tableUnder } from "./support/markdown.ts";
import { httpService, request, rule, writeProject, type Files } from "./support/project.ts";
import { type Span, startCollector } from "./support/tracing.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

const KINDS: Readonly<Record<string, number>> = { client: 3, consumer: 5 };
const ERROR = 2;

function project(sink: string, bus: string): Files {
  const config = { region: "eu-central-1", accessKeyId: "AKIA1", secretAccessKey: { $secret: "AWS_SECRET" }, endpoint: bus };
  return {
    "backstitch.json": { sources: { shop: { type: "jsonl", path: "items.jsonl" } } },
    "items.jsonl": `${JSON.stringify({ operation: "insert", collection: "item", after: { id: 1 } })}\n`,
    "services/sink.json": httpService(sink),
    "services/bus.json": { connector: "eventbridge", config: { ...config, source: "shop" } },
    "rules/items.json": rule("item", request("/items", { id: { $path: "key.id" } })),
    "rules/bus.json": rule("item", { service: "bus", action: "put", with: { detailType: "item", detail: { $path: "after" } } }),
  };
}

/** A far side that remembers with which headers it was asked. */
function listening(port: number): { readonly seen: readonly IncomingHttpHeaders[] } & AsyncDisposable {
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer((message, answer) => {
    seen.push(message.headers);
    answer.end();
  }).listen(port, "127.0.0.1");
  return { seen, [Symbol.asyncDispose]: async () => void server.close() };
}

const attribute = (span: Span | undefined, name: string): unknown => span?.attributes[`backstitch.${name}`];
const named = (spans: readonly Span[], name: string): readonly Span[] => spans.filter((span) => span.name === name);

test("one trace goes from the event through every attempt, in whatever process, to the far side", async () => {
  await using collector = await startCollector();
  await using bus = disposable(await eventbridgePeer());
  const port = await freePort();
  await using folder = await writeProject(project(`http://127.0.0.1:${port}`, bus.url));
  const environment = { ...(await collector.environment(folder.folder)), AWS_SECRET: "secret" };
  await using first = startRun(folder.folder, environment);
  await first.logged("delivered to service", { service: "bus" });
  const failed = await first.logged("not delivered", { service: "sink", attempt: 2 });
  await first.stop();
  const [match] = collector.spans().filter(({ kind }) => kind === KINDS["consumer"]);
  expect(match?.name).toBe("match item");
  expect(match?.parentSpanId ?? "").toBe("");
  expect(attribute(match, "event.id")).toBe(failed["event"]);
  expect(attribute(match, "rules")).toEqual(expect.arrayContaining(["items", "bus"]));

  await using sink = listening(port);
  await using second = startRun(folder.folder, environment);
  expect(await second.ended).toMatchObject({ code: 0 });
  const spans = collector.spans();
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([match?.traceId]));
  const attempts = named(spans, "sink.request");
  expect(attempts.length).toBeGreaterThan(2);
  for (const span of [...attempts, ...named(spans, "bus.put")]) expect(span.parentSpanId).toBe(match?.spanId);
  expect(attempts.map((span) => attribute(span, "attempt"))).toEqual(attempts.map((_, index) => index + 1));
  expect(attempts[0]?.status).toMatchObject({ code: ERROR, message: expect.stringMatching(/refused/) });
  expect(attempts[0]?.attributes).toMatchObject({
    "backstitch.delivery.id": failed["delivery"],
    "backstitch.event.id": failed["event"],
    "backstitch.rule": "items",
    "backstitch.then": "sink.request",
    "backstitch.service": "sink",
    "backstitch.action": "request",
    "backstitch.outcome": "unavailable",
    "backstitch.code": failed["code"],
  });
  const accepted = attempts.at(-1);
  expect([attribute(accepted, "outcome"), accepted?.status.code ?? 0]).toEqual(["accepted", 0]);
  expect(sink.seen.map(({ traceparent }) => traceparent)).toEqual([`00-${accepted?.traceId}-${accepted?.spanId}-01`]);
  const [put] = named(spans, "bus.put");
  const root = `1-${put?.traceId.slice(0, 8)}-${put?.traceId.slice(8)}`;
  expect(bus.received().map(({ fields }) => fields["traceHeader"])).toEqual([`Root=${root};Parent=${put?.spanId};Sampled=1`]);

  const documented = tableUnder("docs/operations.md", "Traces").map(([name = "", kind = "", attributes = ""]) => ({
    name: new RegExp(`^${name.replaceAll("`", "").replaceAll(".", "\\.").replaceAll(/<\w+>/g, "\\w+")}$`),
    kind: KINDS[kind],
    attributes: attributes.replaceAll("`", "").split(", ").toSorted(),
  }));
  for (const { name, kind, attributes } of documented) {
    const ofThem = spans.filter((span) => name.test(span.name));
    expect(new Set(ofThem.map((span) => span.kind))).toEqual(new Set([kind]));
    expect([...new Set(ofThem.flatMap((span) => Object.keys(span.attributes)))].toSorted()).toEqual(attributes);
  }
  expect(spans.filter((span) => !documented.some(({ name }) => name.test(span.name)))).toEqual([]);
});

test.each([
  { what: "without an SDK", sampler: undefined },
  { what: "where the sampler records nothing", sampler: "always_off" },
])("$what nothing is sent, to no far side either", async ({ sampler }) => {
  await using collector = await startCollector();
  await using bus = disposable(await eventbridgePeer());
  const port = await freePort();
  await using sink = listening(port);
  await using folder = await writeProject(project(`http://127.0.0.1:${port}`, bus.url));
  const traced = sampler === undefined ? {} : { ...(await collector.environment(folder.folder)), OTEL_TRACES_SAMPLER: sampler };
  await using run = startRun(folder.folder, { ...traced, AWS_SECRET: "secret" });
  expect(await run.ended).toMatchObject({ code: 0, stderr: "" });
  expect(collector.text()).toBe("");
  expect(sink.seen.map(({ traceparent }) => traceparent)).toEqual([undefined]);
  expect(bus.received().map(({ fields }) => fields["traceHeader"])).toEqual([undefined]);
});

test("what was not recorded as an event's trace is not recorded as its deliveries', under whatever sampler", async () => {
  await using collector = await startCollector();
  await using bus = disposable(await eventbridgePeer());
  const port = await freePort();
  await using folder = await writeProject(project(`http://127.0.0.1:${port}`, bus.url));
  const environment = { ...(await collector.environment(folder.folder)), AWS_SECRET: "secret" };
  await using first = startRun(folder.folder, { ...environment, OTEL_TRACES_SAMPLER: "parentbased_always_off" });
  await first.logged("not delivered", { service: "sink" });
  await first.stop();
  await using sink = listening(port);
  await using second = startRun(folder.folder, environment);
  expect(await second.ended).toMatchObject({ code: 0 });
  expect(sink.seen).toHaveLength(1);
  expect(collector.text()).toBe("");
});
