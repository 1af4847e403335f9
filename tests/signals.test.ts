import { httpPeer } from "@backstitch/sandbox";
import { expect, test, vi } from "vitest";
import { startRun } from "./support/backstitch.ts";
import { disposable } from "./support/disposable.ts";
import { httpService, request, rule, writeProject, type Files } from "./support/project.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 60_000 });

const FILES: Files = {
  "backstitch.json": { sources: { shop: { type: "jsonl", path: "-" } } },
  "services/sink.json": httpService("http://127.0.0.1:9"),
  "rules/items.json": rule("item", request("/items", {})),
};

/** The environment of a process that gets a signal once, at the moment at which it loads a module. */
function signalled(signal: NodeJS.Signals, module: string): { readonly NODE_OPTIONS: string } {
  const preload = `
    import { registerHooks } from "node:module";
    let sent = false;
    registerHooks({
      load(url, context, next) {
        if (!sent && url.endsWith(${JSON.stringify(module)})) {
          sent = true;
          process.kill(process.pid, ${JSON.stringify(signal)});
        }
        return next(url, context);
      },
    });`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}` };
}

/** The environment of a process that is told to stop just when it stops by itself. */
function toldAsItEnds(): { readonly NODE_OPTIONS: string } {
  const preload = `
    const { abort } = AbortController.prototype;
    AbortController.prototype.abort = function (reason) {
      abort.call(this, reason);
      if (reason === "ran out") process.kill(process.pid, "SIGTERM");
    };`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}` };
}

/** Loaded while the project is read. */
const READ = "/connectors/src/http/index.ts";
/** Before the command is known, before the project is read, and then. */
const MOMENTS = ["/cli/src/program/program.ts", "/cli/src/commands/run.ts", READ];

test.each(MOMENTS)("a run that is told to reload while it loads %s goes on beginning", async (module) => {
  await using sink = disposable(await httpPeer());
  await using project = await writeProject({ ...FILES, "services/sink.json": httpService(sink.url) });
  await using run = startRun(project.folder, signalled("SIGHUP", module));
  run.feed(`${JSON.stringify({ operation: "insert", collection: "item", after: { id: 1 } })}\n`);
  expect(await run.ended).toMatchObject({ code: 0, stderr: "" });
  expect(sink.received()).toHaveLength(1);
  // What was read before may have changed since.
  if (module === READ) expect(run.lines().filter(({ msg }) => msg === "reloaded")).toHaveLength(1);
});

const STOPS = (["SIGTERM", "SIGINT"] as const).flatMap((signal) => MOMENTS.map((module) => [signal, module] as const));
test.each(STOPS)("a run that is told to stop by %s while it loads %s ends with 0", async (signal, module) => {
  await using project = await writeProject(FILES);
  await using run = startRun(project.folder, signalled(signal, module));
  expect(await run.ended).toMatchObject({ code: 0, stderr: "" });
  if (module === READ) expect(run.lines().at(-1)).toMatchObject({ msg: "stopped" });
  else expect(run.lines().filter(({ msg }) => msg === "running")).toEqual([]);
});

test("a run that is told to stop while it stops by itself, as its source has ended, ends with 0", async () => {
  await using sink = disposable(await httpPeer());
  await using project = await writeProject({ ...FILES, "services/sink.json": httpService(sink.url) });
  await using run = startRun(project.folder, toldAsItEnds());
  run.feed(`${JSON.stringify({ operation: "insert", collection: "item", after: { id: 1 } })}\n`);
  expect(await run.ended).toMatchObject({ code: 0, stderr: "" });
  expect(run.lines().map(({ msg }) => msg)).toContain("stopping: finishing what is under way");
});
