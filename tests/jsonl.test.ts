import { execFileSync } from "node:child_process";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { httpPeer } from "@backstitch/sandbox";
import { expect, test, vi } from "vitest";
import { startRun } from "./support/backstitch.ts";
import { listDeliveries } from "./support/deliveries.ts";
import { disposable } from "./support/disposable.ts";
import { httpService, request, rule, writeProject, type Files } from "./support/project.ts";
import { until } from "./support/until.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

const line = (id: number): string => `${JSON.stringify({ operation: "insert", collection: "item", after: { id } })}\n`;
const LINES = [1, 2, 3].map(line).join("");

function project(sink: string, path: string): Files {
  return {
    "backstitch.json": { sources: { shop: { type: "jsonl", path } } },
    "services/sink.json": httpService(sink),
    "rules/items.json": rule("item", request("/items", { id: { $path: "key.id" } })),
  };
}

const INPUTS: readonly (readonly [name: string, path: string, files: Files, fed: string])[] = [
  ["a file", "input/items.jsonl", { "input/items.jsonl": LINES }, ""],
  ["standard input", "-", {}, LINES],
];
test.each(INPUTS)(
  "%s is read to its end; the run ends by itself when all is settled, and reads nothing twice",
  async (_name, path, files, fed) => {
    await using sink = disposable(await httpPeer());
    await using folder = await writeProject({ ...project(sink.url, path), ...files });
    // So that there is something to settle when the input has ended.
    sink.misbehave({ kind: "throttle" }, 2);
    for (const _life of [1, 2]) {
      await using run = startRun(folder.folder);
      run.feed(fed);
      expect(await run.ended).toMatchObject({ code: 0, stderr: "" });
      expect(run.lines().at(-1)).toMatchObject({ msg: "stopped" });
      expect(
        sink
          .received()
          .map(({ fields }) => fields["body"] as string)
          .toSorted(),
      ).toEqual(['{"id":1}', '{"id":2}', '{"id":3}']);
    }
  },
);

test("told to stop, the run ends although standard input stays open", async () => {
  await using folder = await writeProject(project("http://127.0.0.1:9", "-"));
  await using run = startRun(folder.folder);
  await run.ready();
  run.signal("SIGTERM");
  await until(() => run.hasEnded(), { otherwise: () => `It is still there: ${run.stdout()}` });
  expect(await run.ended).toMatchObject({ code: 0, stderr: "" });
});

const WRITERS: readonly (readonly [name: string, flags: string | undefined])[] = [
  ["nobody writes to", undefined],
  ["somebody holds open without a word", "r+"],
];
test.each(WRITERS)("told to stop, the run ends although it reads a named pipe that %s", async (_name, flags) => {
  await using folder = await writeProject(project("http://127.0.0.1:9", "pipe"));
  execFileSync("mkfifo", [join(folder.folder, "pipe")]);
  const writer = flags === undefined ? undefined : await open(join(folder.folder, "pipe"), flags);
  await using run = startRun(folder.folder);
  await run.ready();
  run.signal("SIGTERM");
  await until(() => run.hasEnded(), { otherwise: () => `It is still there: ${run.stdout()}` });
  expect(await run.ended).toMatchObject({ code: 0, stderr: "" });
  await writer?.close();
});

test("a named pipe is read until its writers are gone, also where they come late; the run then ends by itself", async () => {
  await using sink = disposable(await httpPeer());
  await using folder = await writeProject(project(sink.url, "pipe"));
  execFileSync("mkfifo", [join(folder.folder, "pipe")]);
  await using run = startRun(folder.folder);
  await run.ready();
  const writer = await open(join(folder.folder, "pipe"), "w");
  await writer.write(LINES);
  await until(() => sink.received().length === 3);
  expect(run.hasEnded()).toBe(false);
  await writer.write(line(4));
  await writer.close();
  expect(await run.ended).toMatchObject({ code: 0, stderr: "" });
  expect((await listDeliveries(folder.folder, {})).map(({ state }) => state)).toEqual(["accepted", "accepted", "accepted", "accepted"]);
});

test("a reload that takes a service away says how many deliveries wait for it", async () => {
  await using folder = await writeProject({
    ...project("http://127.0.0.1:9", "-"),
    "services/other.json": httpService("http://127.0.0.1:9"),
  });
  await using run = startRun(folder.folder);
  await run.ready();
  await folder.write({ "rules/items.json": rule("item", request("/items", {}, "other")) });
  await folder.remove("services/sink.json");
  run.signal("SIGHUP");
  await run.logged('Service "sink" is gone; 0 deliveries to it will wait until it is there again.');
});

test("a run whose input has ended does not wait for what stands behind a delivery that is held", async () => {
  await using sink = disposable(await httpPeer());
  const held = rule("item", request("/items", { id: { $path: "key.id" } }), { ifUncertain: "hold" });
  await using folder = await writeProject({ ...project(sink.url, "-"), "rules/items.json": held });
  sink.misbehave({ kind: "lost-response" }, 1);
  await using run = startRun(folder.folder);
  run.feed(`${line(1)}${line(1)}`);
  await until(() => run.hasEnded(), { otherwise: () => `It is still there: ${run.stdout()}` });
  expect(await run.ended).toMatchObject({ code: 0, stderr: "" });
  expect((await listDeliveries(folder.folder, {})).map(({ state }) => state)).toEqual(["held", "pending"]);
});

const BAD: readonly (readonly [name: string, text: string, says: string])[] = [
  [
    "a line that is not JSON",
    `${line(1)}{"operation": nonsense}\n${line(3)}`,
    'Line 2 of standard input, which source "shop" reads, is not JSON.',
  ],
  ["a line that is cut", `${line(1)}{"operation": "ins`, "is not JSON: the input ends in the middle of it."],
];
test.each(BAD)("%s: the lines before it are delivered, then the run ends with a sentence that names it", async (_name, text, says) => {
  await using sink = disposable(await httpPeer());
  await using folder = await writeProject(project(sink.url, "-"));
  await using run = startRun(folder.folder);
  run.feed(text);
  const { code, stderr } = await run.ended;
  expect(code).toBe(1);
  expect(stderr).toContain(says);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(sink.received().map(({ fields }) => fields["body"])).toEqual(['{"id":1}']);
  expect((await listDeliveries(folder.folder, {})).map(({ state }) => state)).toEqual(["accepted"]);
});

test("a file that is not there is a sentence", async () => {
  await using folder = await writeProject(project("http://127.0.0.1:9", "nowhere.jsonl"));
  await using run = startRun(folder.folder);
  const { code, stderr } = await run.ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/^The file .*nowhere\.jsonl, which source "shop" reads, does not exist\.\n$/);
});
