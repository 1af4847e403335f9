import { httpPeer } from "@backstitch/sandbox";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { backstitch, startRun } from "./support/backstitch.ts";
import { listDeliveries } from "./support/deliveries.ts";
import { disposable } from "./support/disposable.ts";
import { openDatabase, startPostgres, type TestPostgres } from "./support/postgres.ts";
import { httpService, request, rule, SHOP, writeProject } from "./support/project.ts";
import { until } from "./support/until.ts";

// A test starts a process and a database.
vi.setConfig({ testTimeout: 60_000 });

let server: TestPostgres;
beforeAll(async () => void (server = await startPostgres()));
afterAll(() => server.stop());

const PROJECT = {
  "backstitch.json": { ...SHOP, gateway: { port: 0, connectionString: { $secret: "DATABASE_URL" } } },
  "collections/item.json": {
    roles: [{ name: "anybody", read: true, write: { "root.n": { $gte: 0 } }, insert: true, delete: { "prevRoot.n": { $lt: 100 } } }],
  },
  "rules/written.json": rule(
    "item",
    request("/", { operation: { $path: "operation" }, id: { $path: "key._id" }, n: { $path: "after.n" }, note: { $path: "after.note" } }),
  ),
  "rules/deleted.json": rule("item", request("/", { operation: { $path: "operation" }, id: { $path: "key._id" } }), {
    on: { source: "shop", collection: "item", operations: ["delete"] },
  }),
};

interface Step {
  readonly what: string;
  readonly method?: string;
  readonly to: string;
  readonly json?: unknown;
  readonly key?: string;
  readonly answers: number;
  /** The changes that reach the rules: operation, key, n, note. */
  readonly tells: readonly string[];
}

const action = (name: string, json: object): Pick<Step, "what" | "to" | "json"> => ({
  what: name,
  to: `/action/${name}`,
  json: { collection: "item", ...json },
});
const AT = "/v1/item";

const STEPS: readonly Step[] = [
  { what: "POST", to: AT, json: { _id: "a", n: 1 }, answers: 201, tells: ["insert a 1 null"] },
  {
    what: "POST of several",
    to: AT,
    json: [
      { _id: "b", n: 1 },
      { _id: "c", n: 2 },
    ],
    answers: 201,
    tells: ["insert b 1 null", "insert c 2 null"],
  },
  { what: "PUT where there is none", method: "PUT", to: `${AT}/d`, json: { n: 3 }, answers: 201, tells: ["insert d 3 null"] },
  { what: "PUT in its place", method: "PUT", to: `${AT}/d`, json: { n: 4, note: "put" }, answers: 200, tells: ["update d 4 put"] },
  { what: "PATCH", method: "PATCH", to: `${AT}/a`, json: { n: 2 }, answers: 200, tells: ["update a 2 null"] },
  { what: "DELETE", method: "DELETE", to: `${AT}/b`, answers: 204, tells: ["delete b"] },
  { ...action("insertOne", { document: { _id: "e", n: 5 } }), answers: 200, tells: ["insert e 5 null"] },
  {
    ...action("insertMany", {
      documents: [
        { _id: "f", n: 6 },
        { _id: "g", n: 7 },
      ],
    }),
    answers: 200,
    tells: ["insert f 6 null", "insert g 7 null"],
  },
  { ...action("updateOne", { filter: { _id: "e" }, update: { $inc: { n: 10 } } }), answers: 200, tells: ["update e 15 null"] },
  {
    ...action("updateMany", { filter: { n: { $in: [6, 7] } }, update: { $set: { n: 7 } } }),
    answers: 200,
    // The other had it already.
    tells: ["update f 7 null"],
  },
  { ...action("updateOne", { filter: { _id: "h" }, update: { $set: { n: 8 } }, upsert: true }), answers: 200, tells: ["insert h 8 null"] },
  {
    ...action("replaceOne", { filter: { _id: "g" }, replacement: { n: 9, note: "replaced" } }),
    answers: 200,
    tells: ["update g 9 replaced"],
  },
  { ...action("deleteOne", { filter: { _id: "f" } }), answers: 200, tells: ["delete f"] },
  { ...action("deleteMany", { filter: { _id: { $in: ["g", "h"] } } }), answers: 200, tells: ["delete g", "delete h"] },
  { what: "PATCH that changes nothing", method: "PATCH", to: `${AT}/a`, json: { n: 2 }, answers: 200, tells: [] },
  { what: "PUT that changes nothing", method: "PUT", to: `${AT}/d`, json: { n: 4, note: "put" }, answers: 200, tells: [] },
  { what: "POST that is refused", to: AT, json: { _id: "x", n: -1 }, answers: 403, tells: [] },
  {
    what: "POST of which one is refused",
    to: AT,
    json: [
      { _id: "y", n: 1 },
      { _id: "z", n: -1 },
    ],
    answers: 403,
    tells: [],
  },
  { what: "PATCH that is refused", method: "PATCH", to: `${AT}/a`, json: { n: -1 }, answers: 403, tells: [] },
  { what: "POST of what is there", to: AT, json: { _id: "a", n: 1 }, answers: 409, tells: [] },
  {
    what: "POST with a key",
    to: AT,
    json: { _id: "k", n: 1 },
    key: "5a04ba04-4f8a-4c11-b0b2-1ac8a3b0f9d1",
    answers: 201,
    tells: ["insert k 1 null"],
  },
  { what: "the same again", to: AT, json: { _id: "k", n: 1 }, key: "5a04ba04-4f8a-4c11-b0b2-1ac8a3b0f9d1", answers: 201, tells: [] },
];

test("every write through the gateway reaches the rules once, as does one past it, and what writes nothing never", async () => {
  await using sink = disposable(await httpPeer());
  await using database = await openDatabase(server, "CREATE TABLE item (_id text PRIMARY KEY, n int NOT NULL, note text)");
  await using project = await writeProject({ ...PROJECT, "services/sink.json": httpService(sink.url) });
  const setUp = await backstitch(["setup", "-p", project.folder], database.environment);
  expect(setUp.code, setUp.stderr).toBe(0);
  await using run = startRun(project.folder, database.environment, ["--http"]);
  await run.ready();
  const { http } = await run.logged("running");
  for (const { what, to, json, key, answers, method = "POST" } of STEPS) {
    const headers = { "content-type": "application/json", ...(key === undefined ? {} : { "idempotency-key": key }) };
    const answer = await fetch(`${String(http)}${to}`, { method, headers, ...(json === undefined ? {} : { body: JSON.stringify(json) }) });
    expect(answer.status, `${what}: ${await answer.text()}`).toBe(answers);
  }
  await database.sql("INSERT INTO item VALUES ('past', 1)");
  await database.sql("UPDATE item SET n = 2 WHERE _id = 'past'");
  await database.sql("DELETE FROM item WHERE _id = 'past'");
  const told = [...STEPS.flatMap(({ tells }) => tells), "insert past 1 null", "update past 2 null", "delete past"];
  const arrived = (): readonly string[] => sink.received().map(({ fields }) => words(fields["body"]));
  // It is the last of the log: what comes before it has come.
  await until(() => arrived().includes("delete past"));
  const deliveries = await until(async () => {
    const all = await listDeliveries(project.folder, database.environment);
    return all.every(({ state }) => state === "accepted") && all;
  });
  await run.stop();
  expect(arrived().toSorted()).toEqual(told.toSorted());
  for (const lane of new Set(told.map(laneOf))) {
    const of = (all: readonly string[]): readonly string[] => all.filter((one) => laneOf(one) === lane);
    expect(of(arrived())).toEqual(of(told));
  }
  expect([deliveries.length, new Set(deliveries.map(({ eventId }) => eventId)).size]).toEqual([told.length, told.length]);
});

function words(body: unknown): string {
  const { operation, id, n, note } = JSON.parse(String(body)) as Record<string, unknown>;
  return operation === "delete" ? `delete ${String(id)}` : [operation, id, n, note].map(String).join(" ");
}

/** What of a row goes in order: deletes are told by a rule of their own, so that they wait for no other change. */
function laneOf(told: string): string {
  const [operation, id] = told.split(" ");
  return `${operation === "delete" ? "deleted" : "written"} ${String(id)}`;
}
