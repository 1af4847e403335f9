import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { httpPeer } from "@backstitch/sandbox";
import { expect, test, vi } from "vitest";
import { backstitch, startRun, type Ended } from "./support/backstitch.ts";
import { listDeliveries } from "./support/deliveries.ts";
import { disposable } from "./support/disposable.ts";
import { httpService, request, rule, writeProject } from "./support/project.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

const LINES = [1, 2, 3].map((id) => `${JSON.stringify({ operation: "insert", collection: "item", after: { id } })}\n`).join("");

test("verify says that all is accounted for; and where it is not, of what, and exits 1", async () => {
  await using sink = disposable(await httpPeer());
  await using project = await writeProject({
    "backstitch.json": { sources: { shop: { type: "jsonl", path: "lines.jsonl" } } },
    "lines.jsonl": LINES,
    "services/sink.json": httpService(sink.url),
    "rules/items.json": rule("item", request("/items", { id: { $path: "key.id" } })),
  });
  const verify = (...args: readonly string[]): Promise<Ended> => backstitch(["verify", "-p", project.folder, ...args]);
  sink.misbehave({ kind: "refuse-credentials" }, 1);
  await using run = startRun(project.folder);
  expect(await run.ended).toMatchObject({ code: 0 });
  expect(await verify()).toEqual({ code: 0, stdout: "Everything is accounted for: 3 events; 2 accepted and 1 rejected.\n", stderr: "" });

  const [broken] = await listDeliveries(project.folder, {}, "--state", "accepted");
  const id = broken?.id ?? "";
  const db = new DatabaseSync(join(project.folder, ".backstitch/journal.db"));
  db.prepare("DELETE FROM outcome WHERE delivery = (SELECT seq FROM delivery WHERE id = ?)").run(id);
  db.close();
  expect(await verify()).toEqual({
    code: 1,
    stdout: `${id}  OUTCOME_MISSING  It is accepted, and no outcome of it says so.\n1 finding: 3 events; 2 accepted and 1 rejected.\n`,
    stderr: "",
  });
  const { code, stdout } = await verify("--json");
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    events: 3,
    deliveries: { accepted: 2, rejected: 1 },
    unaccounted: [{ id, code: "OUTCOME_MISSING" }],
  });
});
