import { freePort, httpPeer } from "@backstitch/sandbox";
import { expect, test, vi } from "vitest";
import { backstitch, startRun } from "./support/backstitch.ts";
import { disposable } from "./support/disposable.ts";
import { tableUnder } from "./support/markdown.ts";
import { readMetrics } from "./support/metrics.ts";
import { httpService, request, rule, writeProject, type Files } from "./support/project.ts";
import { until } from "./support/until.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

const OPERATIONS = "docs/operations.md";
const MINUTE = 60_000;

function rows(count: number, committedMsAgo: number, filling = ""): string {
  const committedAt = new Date(Date.now() - committedMsAgo).toISOString();
  const row = (id: number): object => ({ operation: "update", collection: "item", after: { id, filling }, committedAt });
  return Array.from({ length: count }, (_, id) => `${JSON.stringify(row(id))}\n`).join("");
}

const JSONL = { shop: { type: "jsonl", path: "items.jsonl" } };
const ITEM = request("/items", { id: { $path: "key.id" } });

/** Everything that a metric tells of happens once. */
function eventful(sink: string, down: string): Files {
  return {
    "backstitch.json": { sources: JSONL },
    "items.jsonl": rows(2, 2 * MINUTE),
    "services/sink.json": httpService(sink, { limits: { requests: "100 per 1s" } }),
    "services/down.json": { ...httpService(down), retry: { attempts: 100, firstDelay: "10ms", longestDelay: "10ms" } },
    "rules/items.json": rule("item", ITEM),
    "rules/down.json": rule("item", request("/items", { id: 1 }, "down")),
    "rules/broken.json": rule("item", request("/items", "{{ after.nothing }}")),
    "rules/undecided.json": rule("item", ITEM, { when: { "before.id": 1 } }),
    "rules/limited.json": rule("item", ITEM, { limits: { total: "1 per 1d", exceeded: "drop" } }),
    "rules/other.json": rule("other", ITEM),
  };
}

test("/metrics serves what the page says, under names that Prometheus asks for, and with labels that rows cannot make more", async () => {
  await using sink = disposable(await httpPeer());
  await using project = await writeProject(eventful(sink.url, `http://127.0.0.1:${await freePort()}`));
  await using run = startRun(project.folder);
  await run.logged("service rests", { service: "down", code: "BREAKER_OPEN" });
  const paused = await backstitch(["pause", "other", "-p", project.folder, "--reason", "to see it"]);
  expect(paused.stderr).toBe("");
  const limited = 'backstitch_limited_total{service="sink",rule="limited",state="dropped"} 1\n';
  const text = await until(async () => [(await run.get("/metrics")).body].find((body) => body.includes(limited)));
  const served = readMetrics(text);

  const documented = tableUnder(OPERATIONS, "Metrics").map(([name = "", type = "", labels = ""]) => ({
    name: name.replaceAll("`", ""),
    type,
    labels: labels.replaceAll("`", "").split(", ").filter(Boolean),
  }));
  expect([...served.keys()].toSorted()).toEqual(documented.map(({ name }) => name).toSorted());
  for (const { name, type, labels } of documented) {
    const metric = served.get(name);
    expect([name, metric?.type]).toEqual([name, type]);
    expect([name, metric?.help]).toEqual([name, expect.stringMatching(/^[A-Z1].*\.$/)]);
    for (const sample of metric?.samples ?? []) expect([name, Object.keys(sample.labels)]).toEqual([name, labels]);
    expect([name, name.endsWith("_total")]).toEqual([name, type === "counter"]);
    if (/second|byte/.test(name)) expect(name).toMatch(/_(seconds|bytes|requests_per_second)$/);
  }
  const quiet = documented.filter(({ name }) => served.get(name)?.samples.length === 0).map(({ name }) => name);
  // The source has ended, nobody keeps anything for it, no vendor told us anything, and no service throttled us.
  expect(quiet).toEqual([
    "backstitch_source_reading",
    "backstitch_source_lag_bytes",
    "backstitch_source_lag_seconds",
    "backstitch_source_kept_bytes",
    "backstitch_source_lag_warning",
    "backstitch_receipts_total",
    "backstitch_service_pace_requests_per_second",
  ]);

  expect(text.split("\n")).toEqual(
    expect.arrayContaining([
      'backstitch_events_total{source="shop"} 2',
      'backstitch_matches_total{source="shop",rule="items"} 2',
      'backstitch_match_failures_total{source="shop",rule="broken",code="TEMPLATE_FAILED"} 2',
      'backstitch_undecided_total{source="shop",rule="undecided"} 2',
      'backstitch_deliveries_ended_total{service="sink",rule="items",state="accepted"} 2',
      'backstitch_deliveries_ended_total{service="sink",rule="limited",state="dropped"} 1',
      'backstitch_attempts_total{service="sink",outcome="accepted"} 3',
      'backstitch_commit_to_acceptance_seconds_count{service="sink"} 3',
      'backstitch_commit_to_acceptance_seconds_bucket{le="60",service="sink"} 0',
      'backstitch_commit_to_acceptance_seconds_bucket{le="300",service="sink"} 3',
      'backstitch_paused{of="rule",name="other"} 1',
      'backstitch_limit_units{service="sink",unit="requests",period="1s"} 100',
    ]),
  );
  // What a limit dropped, or what failed to match, was no attempt.
  expect(text).not.toContain('backstitch_attempts_total{service="sink",outcome="rejected"}');
  expect(sink.received()).toHaveLength(3);
  await run.stop();
});

test("each outcome is one line, with the fields that the page says", async () => {
  await using sink = disposable(await httpPeer());
  await using project = await writeProject(eventful(sink.url, `http://127.0.0.1:${await freePort()}`));
  await using run = startRun(project.folder);
  await run.logged("not delivered", { rule: "limited", state: "dropped" });
  await run.logged("not delivered", { service: "down", outcome: "unavailable" });
  await run.stop();
  const lines = run.lines().filter(({ delivery }) => delivery !== undefined);
  const fields = new Map(tableUnder(OPERATIONS, "Logs").map(([msg = "", names = ""]) => [msg, namesIn(names)]));
  for (const line of lines) {
    const known = fields.get(`\`${line.msg}\``) ?? [];
    expect(Object.keys(line).filter((name) => !["time", "level", "msg", ...known].includes(name))).toEqual([]);
    expect(Object.keys(line)).toEqual(
      expect.arrayContaining(["delivery", "event", "rule", "then", "service", "action", "outcome", "state"]),
    );
  }
  const first = lines.filter((line) => line["service"] === "down" && line["attempt"] === 1);
  expect(new Set(first.map((line) => line["delivery"])).size).toBe(first.length);
  const dropped = lines.filter((line) => line["state"] === "dropped");
  expect(dropped.map((line) => [line["attempt"], line["tookMs"]])).toEqual([[undefined, undefined]]);
});

function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
}

test("a source that is far behind: the metrics say how far, in bytes and in time, and readiness says so beyond --max-lag", async () => {
  await using sink = disposable(await httpPeer());
  const items = rows(2_000, 60 * MINUTE, "x".repeat(2_000));
  await using project = await writeProject({
    "backstitch.json": { sources: JSONL, journal: { maxBytes: "1MB" } },
    "items.jsonl": items,
    "services/sink.json": httpService(sink.url),
    "rules/items.json": rule("item", request("/items", { row: { $path: "after" } })),
  });
  await using strict = startRun(project.folder);
  const reasons = await until(async () => [(await strict.get("/readyz")).body].find((body) => body.includes("behind")), {
    otherwise: strict.stdout,
  });
  expect(reasons).toMatch(/^Source "shop" is 36\d\d s behind: \d+ bytes are not recorded yet\.$/m);
  expect(reasons).toMatch(/^The journal is full: /m);
  const metrics = readMetrics((await strict.get("/metrics")).body);
  const [seconds] = metrics.get("backstitch_source_lag_seconds")?.samples ?? [];
  const [bytes] = metrics.get("backstitch_source_lag_bytes")?.samples ?? [];
  expect(seconds?.value).toBeGreaterThan(3_600);
  expect(bytes?.value).toBeGreaterThan(items.length / 10);
  expect(bytes?.value).toBeLessThan(items.length);
  expect(metrics.get("backstitch_journal_full")?.samples).toEqual([{ labels: {}, value: 1 }]);
  expect(metrics.get("backstitch_source_reading")?.samples).toEqual([{ labels: { source: "shop" }, value: 1 }]);
  await strict.stop();

  await using patient = startRun(project.folder, { BACKSTITCH_MAX_LAG: "2h" });
  const lag = /\nbackstitch_source_lag_seconds\{source="shop"\} [1-9]/;
  await until(async () => lag.test((await patient.get("/metrics")).body));
  expect((await patient.get("/readyz")).body).not.toContain("behind");
  await patient.stop();

  const wrong = await backstitch(["run", "-p", project.folder, "--max-lag", "soon"]);
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toContain(`argument 'soon' is invalid. It must be a duration such as "30s", "5m" or "1h".`);
});
