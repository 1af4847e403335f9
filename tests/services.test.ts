import { tables } from "@backstitch/cli";
import { createCaller, openService } from "@backstitch/core/runtime";
import type { Row } from "@backstitch/core/values";
import { openGateway } from "@backstitch/gateway";
import { memoryJournal } from "@backstitch/journals/memory";
import { loadProject, validate, validateRendered } from "@backstitch/project";
import { httpPeer } from "@backstitch/sandbox";
import { postgresReader } from "@backstitch/sources/postgres";
import { expect, test, vi } from "vitest";
import { startRun } from "./support/backstitch.ts";
import { disposable } from "./support/disposable.ts";
import { httpService, request, rule, writeProject } from "./support/project.ts";

vi.setConfig({ testTimeout: 60_000 });

/** Of whom nothing is known but that they logged in. */
const EVE: Row = { id: "eve", type: "normal", data: {} };
const ADA: Row = { id: "ada", type: "normal", data: { team: "orders" } };
const PEOPLE: ReadonlyMap<string | null, Row> = new Map([
  ["ada", ADA],
  ["eve", EVE],
]);
const GUARDS = [
  { name: "rules", actions: ["request"] },
  {
    name: "own team",
    actions: ["request"],
    callers: ["users"],
    when: { "args.path": { $in: ["orders", "slow"] }, "args.body.team": { $path: "user.data.team" } },
  },
];

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: unknown;
}

/** A project's services behind a gateway that takes whom a header names for logged in. */
async function serve(guards: unknown) {
  const peer = await httpPeer();
  const project = await writeProject({
    "backstitch.json": { sources: { shop: { type: "jsonl", path: "-" } }, gateway: { port: 0 } },
    "services/sink.json": httpService(peer.url, { guards }),
    "rules/any.json": rule("t", request("orders", {})),
  });
  const loaded = await loadProject(project.folder, tables, {});
  if (loaded.project === undefined) throw new Error(JSON.stringify(loaded.problems));
  const services = new Map(loaded.project.services.map((definition) => [definition.name, openService(definition, validateRendered)]));
  const journal = memoryJournal({ maxBytes: undefined, events: "none" });
  const gateway = await openGateway({
    port: 0,
    database: undefined,
    readersOf: postgresReader,
    rules: { collections: [], values: {} },
    validate,
    authenticate: async ({ headers }) => PEOPLE.get(headers.get("x-test-user")),
    call: createCaller({ services: () => services, journal: () => journal }),
    failed: (error) => console.error(error),
  });
  return {
    peer,
    journal,
    async post(path: string, body: unknown, headers: Readonly<Record<string, string>> = { "x-test-user": "ada" }): Promise<Answer> {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      const answer = await fetch(`${gateway.url}/v1/services/${path}`, {
        method: "POST",
        body: text,
        headers: { "content-type": "application/json", ...headers },
      });
      return { status: answer.status, retryAfter: answer.headers.get("retry-after"), body: await answer.json() };
    },
    async [Symbol.asyncDispose]() {
      await gateway.close();
      for (const service of services.values()) await service.close();
      await journal.close();
      await peer.close();
      await project[Symbol.asyncDispose]();
    },
  };
}

const order = { path: "orders", body: { team: "orders", n: 1 } };
const nobodys = { "x-test-user": "eve" };
const code = ({ status, body }: Answer): unknown => [status, (body as { code?: string }).code];

test("a user calls a service as its guards let them", async () => {
  await using served = await serve(GUARDS);
  const first = await served.post("sink/request", order);
  expect(first).toMatchObject({ status: 200, body: { receipt: { status: 200 } } });
  const key = { "x-test-user": "ada", "idempotency-key": "k1" };
  for (let time = 0; time < 2; time += 1) expect((await served.post("sink/request", order, key)).status).toBe(200);
  const ids = served.peer.received().map(({ headers }) => headers["webhook-id"]);
  expect(ids).toHaveLength(3);
  expect(new Set(ids).size).toBe(2);
});

test.each([
  ["nobody is logged in", { path: "sink/request", body: order, headers: {} }, [401, "NOT_LOGGED_IN"]],
  ["it is another's team", { path: "sink/request", body: { ...order, body: { team: "mail" } }, headers: undefined }, [403, "CALL_DENIED"]],
  [
    "what says whose it is is missing, as it is of who asks",
    { path: "sink/request", body: { path: "slow" }, headers: nobodys },
    [403, "CALL_DENIED"],
  ],
  ["there is no such service", { path: "sing/request", body: order, headers: undefined }, [403, "CALL_DENIED"]],
  ["there is no such action", { path: "sink/reqwest", body: order, headers: undefined }, [403, "CALL_DENIED"]],
  [
    "the arguments are not the action's, and nothing is permitted",
    { path: "sink/request", body: { pth: 1 }, headers: undefined },
    [403, "CALL_DENIED"],
  ],
  [
    "the arguments are not the action's",
    { path: "sink/request", body: { ...order, metod: "GET" }, headers: undefined },
    [422, "ARGUMENTS_INVALID"],
  ],
  ["the body is a list", { path: "sink/request", body: [], headers: undefined }, [400, "BODY_INVALID"]],
  [
    "a name is twice in the body",
    { path: "sink/request", body: '{"path":"orders","path":"slow"}', headers: undefined },
    [400, "JSON_INVALID"],
  ],
  [
    "the key is no key",
    { path: "sink/request", body: order, headers: { "x-test-user": "ada", "idempotency-key": "a b" } },
    [400, "IDEMPOTENCY_KEY_INVALID"],
  ],
] as const)("nothing is called where %s", async (_, { path, body, headers }, expected) => {
  await using served = await serve(GUARDS);
  const answer = await served.post(path, body, headers);
  expect(code(answer)).toEqual(expected);
  // Who wrote the guards is told what they test, and nobody else.
  expect(JSON.stringify(answer.body)).not.toMatch(/own team|user\.data/);
  expect(served.peer.received()).toEqual([]);
});

test.each([
  ["a service without guards", undefined],
  ["guards for rules", [{ name: "rules", actions: ["request"] }]],
  ["an empty list", []],
])("%s lets no user", async (_, guards) => {
  await using served = await serve(guards);
  expect(code(await served.post("sink/request", order))).toEqual([403, "CALL_DENIED"]);
  expect(served.peer.received()).toEqual([]);
});

test("a service that a person paused is not called", async () => {
  await using served = await serve(GUARDS);
  await served.journal.setPaused([{ of: "service", name: "sink" }], { by: "ops", reason: "quiet" });
  expect(await served.post("sink/request", order)).toMatchObject({ status: 503, retryAfter: "5", body: { code: "PAUSED" } });
});

test("through the command line nobody calls who is not logged in", async () => {
  await using peer = disposable(await httpPeer());
  await using project = await writeProject({
    "backstitch.json": {
      sources: { shop: { type: "http", accepts: "backstitch", port: 0, authentication: "none" } },
      gateway: { port: 0 },
    },
    "services/sink.json": httpService(peer.url, { guards: GUARDS }),
    "rules/any.json": rule("t", request("orders", {})),
  });
  await using run = startRun(project.folder, {}, ["--http"]);
  await run.ready();
  const { http } = await run.logged("running");
  const answer = await fetch(`${String(http)}/v1/services/sink/request`, {
    method: "POST",
    body: "{}",
    headers: { "content-type": "application/json" },
  });
  expect([answer.status, await answer.json()]).toMatchObject([401, { code: "NOT_LOGGED_IN" }]);
});
