import { Secret } from "@backstitch/core/connector";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ENVIRONMENT, folderOf, good, linesOf, load, serviceWith, sms, tables } from "./support/project.ts";
import { formatProblem } from "@backstitch/core/rules";
import { loadProject, loadTests } from "@backstitch/project";

describe("a valid project", () => {
  it("is everything that a run needs", async () => {
    const loaded = await load(good);
    expect(linesOf(loaded)).toEqual([]);
    expect(loaded.project).toMatchObject({
      services: [{ name: "text", connector: sms, config: { accountSid: "AC1" }, guard: undefined, retry: undefined }],
      sources: [{ name: "shop", type: "postgres" }],
      ruleSet: { rules: [{ name: "late", enabled: true, source: "shop" }] },
    });
  });

  it("gives secrets as Secret, which show themselves to the connector alone", async () => {
    const { project } = await load(good);
    const config = project?.services[0]?.config as { readonly authToken: Secret } | undefined;
    expect(config?.authToken).toBeInstanceOf(Secret);
    expect(config?.authToken.reveal()).toBe("hunter2-canary");
    expect(JSON.stringify(project)).not.toContain("hunter2");
  });

  it("reads limits, one rate a unit or several", async () => {
    const { project } = await load(
      serviceWith({}, { limits: { requests: ["10 per 1s", "5000 per 24h"], segments: "1 per 500ms", per: "args.to" } }),
    );
    expect(project?.services[0]?.limits?.per).toEqual(["args", "to"]);
    expect(project?.services[0]?.limits?.rates).toEqual([
      { unit: "requests", count: 10, periodMs: 1_000 },
      { unit: "requests", count: 5_000, periodMs: 86_400_000 },
      { unit: "segments", count: 1, periodMs: 500 },
    ]);
  });

  it("has its rules read what a service takes turns by, where that is of the event", async () => {
    const turnsBy = async (per: string): Promise<readonly (readonly string[])[] | undefined> => {
      const { project } = await load(serviceWith({}, { limits: { per } }));
      return project?.ruleSet.rules.map(({ reads }) => reads);
    };
    const [before = []] = (await turnsBy("args.to")) ?? [];
    expect(await turnsBy("key.tenant")).toEqual([[...before, "key.tenant"].toSorted()]);
    expect(await turnsBy("lane")).toEqual([before]);
  });

  it("takes the real environment over .env", async () => {
    const { project } = await load({ ...good, ".env": "SMS_TOKEN=from-file" });
    const config = project?.services[0]?.config as { readonly authToken: Secret } | undefined;
    expect(config?.authToken.reveal()).toBe("hunter2-canary");
  });

  it("converts what the environment gives to what the schema wants", async () => {
    const environment = { ...ENVIRONMENT, PORT: "80", TLS: "false", SID: "AC7", SENDER: "007" };
    const { project } = await load(
      serviceWith({ port: { $env: "PORT" }, tls: { $env: "TLS" }, accountSid: { $env: "SID" }, reference: { $env: "SENDER" } }),
      environment,
    );
    expect(project?.services[0]?.config).toMatchObject({ port: 80, tls: false, accountSid: "AC7", reference: "007" });
  });

  it("opens its sources by their type", async () => {
    const { project } = await load(good);
    expect(await project?.sources[0]?.open()).toMatchObject({ name: "shop" });
  });

  it("says where the journal is", async () => {
    const folder = folderOf(good);
    const { project } = await loadProject(folder, tables, { SMS_TOKEN: "abcd", DATABASE_URL: "x" });
    expect(project?.journal).toEqual({
      type: "sqlite",
      path: join(folder, ".backstitch/journal.db"),
      maxBytes: undefined,
      events: "matched",
    });
  });

  it("names the files and folders that a reload watches", async () => {
    const folder = folderOf({ ...good, ".env": "A=1", "rules/deep/later.json": good["rules/late.json"], "rules/late.test.json": "{}" });
    const { files } = await loadProject(folder, tables, { SMS_TOKEN: "abcd", DATABASE_URL: "x" });
    const names = ["", "backstitch.json", ".env", "services", "services/text.json", "rules", "rules/deep"];
    expect(files).toEqual([...names, "rules/deep/later.json", "rules/late.json", "rules/late.test.json"].map((name) => join(folder, name)));
  });
});

it("takes from the project as it was the rules that did not change", async () => {
  const files = { ...good, "rules/later.json": good["rules/late.json"] };
  const first = await load(files);
  const { project } = await loadProject(folderOf({ ...files, "rules/later.json": `${files["rules/later.json"]}\n` }), tables, ENVIRONMENT, {
    ...(first.project && { previous: first.project }),
  });
  const [kept, changed] = project?.ruleSet.rules ?? [];
  expect(kept).toBe(first.project?.ruleSet.rules[0]);
  expect(changed).not.toBe(first.project?.ruleSet.rules[1]);
  expect(changed).toEqual(first.project?.ruleSet.rules[1]);
});

const late = '{ "tests": [{ "name": "a", "event": { "after": {} }, "none": "because" }] }';

it("tells a rule's test from a rule", async () => {
  const { project } = await load({ ...good, "rules/late.test.json": late, "rules/deep/other.json": good["rules/late.json"] });
  expect(project?.ruleSet.rules.map(({ name }) => name)).toEqual(["deep/other", "late"]);
});

it("loads what tests need without what only the environment knows", async () => {
  const { tested, problems } = await loadTests(folderOf({ ...good, "rules/late.test.json": late }), tables, {});
  expect(problems).toEqual([]);
  expect(tested?.tests.map(({ path, rule, tests }) => [path, rule, tests.length])).toEqual([["rules/late.test.json", "late", 1]]);
});

it("loads no tests where there is any problem", async () => {
  const { tested, problems } = await loadTests(folderOf({ ...good, "rules/late.test.json": '{ "tests": [] }' }), tables, {});
  expect(tested).toBeUndefined();
  expect(problems.map(formatProblem)).toEqual([
    'rules/late.test.json:1:12 TEST_VALUE_INVALID "tests" has no items; it must have at least 1.',
  ]);
});

describe("guards", () => {
  it("permit what one of them permits", async () => {
    const { project } = await load(serviceWith({}, { guards: [{ name: "ours", actions: ["send"], when: { "args.to": "+1" } }] }));
    const guard = project?.services[0]?.guard;
    expect(guard?.permits("send", { to: "+1" })).toEqual({ by: "ours" });
    expect(guard?.permits("send", { to: "+2" })).toHaveProperty("deniedBecause");
  });

  it("deny everything where the list is empty", async () => {
    const { project } = await load(serviceWith({}, { guards: [] }));
    expect(project?.services[0]?.guard?.permits("send", {})).toHaveProperty("deniedBecause");
  });
});

describe("settings", () => {
  const settings = (more: object) =>
    load({ ...good, "backstitch.json": JSON.stringify({ ...JSON.parse(good["backstitch.json"]), ...more }) });

  it.each([
    [{ path: "data/j.db" }, { type: "sqlite", maxBytes: undefined }],
    [{ type: "memory" }, { type: "memory" }],
    [{ maxBytes: "10GB" }, { maxBytes: 10e9 }],
    [{ maxBytes: "1.5 GiB" }, { maxBytes: 1.5 * 2 ** 30 }],
    [{ maxBytes: 5_000_000 }, { maxBytes: 5_000_000 }],
    [{ path: "/var/lib/j.db" }, { path: "/var/lib/j.db" }],
  ])("journal %j", async (journal, expected) => {
    expect((await settings({ journal })).project?.journal).toMatchObject(expected);
  });

  it.each([
    [{}, {}, { retry: undefined, deadlineMs: undefined, concurrency: undefined }],
    [{ deadline: "5s", concurrency: 3 }, {}, { deadlineMs: 5_000, concurrency: 3 }],
    [{ deadline: "5s", concurrency: 3 }, { deadline: "1m" }, { deadlineMs: 60_000, concurrency: 3 }],
    [
      { retry: { attempts: 3 } },
      { retry: { firstDelay: "2s" } },
      { retry: { attempts: 3, firstDelayMs: 2_000, longestDelayMs: 3_600_000 } },
    ],
    [{ retry: { attempts: 3 } }, { retry: { for: "24h" } }, { retry: { attempts: undefined, forMs: 86_400_000 } }],
    [{ retry: { for: "24h" } }, { retry: { attempts: 3 } }, { retry: { attempts: 3, forMs: 86_400_000 } }],
    [
      { retry: { for: "24h" } },
      { retry: { firstDelay: "2s" } },
      { retry: { attempts: undefined, forMs: 86_400_000, firstDelayMs: 2_000 } },
    ],
    [{}, { retry: { attempts: 3 } }, { retry: { attempts: 3, forMs: undefined } }],
    [{}, { retry: { longestDelay: "500ms" } }, { retry: { attempts: 24, firstDelayMs: 500, longestDelayMs: 500 } }],
    [{}, { retry: { firstDelay: "2h" } }, { retry: { attempts: 24, firstDelayMs: 7_200_000, longestDelayMs: 7_200_000 } }],
  ])("defaults %j and a service %j", async (defaults, service, expected) => {
    const file = JSON.stringify({ ...JSON.parse(good["services/text.json"]), ...service });
    const { project } = await load({
      ...good,
      "services/text.json": file,
      "backstitch.json": JSON.stringify({ ...JSON.parse(good["backstitch.json"]), defaults }),
    });
    expect(project?.services[0]).toMatchObject(expected);
  });
});
