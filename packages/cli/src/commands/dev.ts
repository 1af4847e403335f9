import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Secret } from "@backstitch/core/connector";
import type { Journal } from "@backstitch/core/journal";
import { loadProject, type Project } from "@backstitch/project";
import type { LocalPostgres } from "@backstitch/sandbox/postgres";
import { postgresSource, setupPostgres } from "@backstitch/sources/postgres";
import { colours as pc } from "../colours.ts";
import { applySql, caughtUp, playSql } from "../dev/database.ts";
import { serveDevGateway } from "../dev/gateway.ts";
import { lineObserver } from "../dev/lines.ts";
import { type DevSandbox, startDevPostgres, startSandbox } from "../dev/sandbox.ts";
import { printSummary } from "../dev/summary.ts";
import { watchProject } from "../dev/watch.ts";
import { type InForce, putInForce } from "../in-force.ts";
import { openJournal } from "../journal.ts";
import { describeProblems } from "../open-project.ts";
import { count } from "../words.ts";
import { postgresSources } from "../postgres-sources.ts";
import { Quit } from "../quit.ts";
import { stopOnSignals } from "../stop-on-signals.ts";
import { tables } from "../tables.ts";
import { runProject, unsettled } from "./run.ts";

export interface DevOptions {
  readonly project: string;
  /** A file of SQL, relative to the project's folder, to be played statement by statement. */
  readonly play?: string;
  /** End once everything played is settled. */
  readonly exit: boolean;
}

/** Short, so that a play knows soon that everything was read. */
const HEARTBEAT_MS = 200;

/** `backstitch dev`: the project against a PostgreSQL and vendors of its own, telling what happens; files are put in force when saved. */
export async function dev(options: DevOptions): Promise<void> {
  const folder = resolve(options.project);
  // SIGHUP: the terminal was closed. What was started must not outlive it, though nobody is left to be told.
  const stop = stopOnSignals({ info: () => undefined }, ["SIGTERM", "SIGINT", "SIGHUP"]);
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  await using started = new AsyncDisposableStack();
  const scratch = started.adopt(await mkdtemp(join(tmpdir(), "backstitch-dev-")), (path) => rm(path, { recursive: true, force: true }));
  const sandbox = started.adopt(await startSandbox(), (one) => one.close());
  await openDevProject(folder, sandbox);
  const postgres = started.adopt(await startDevPostgres(), (one) => one.stop());
  await applySql(postgres.url, join(folder, "seed.sql"));
  const open = async (): Promise<Project> => withDatabase(await openDevProject(folder, sandbox), postgres);

  let project = await open();
  const journal = started.adopt(
    await openJournal({ type: "sqlite", path: join(scratch, "journal.db"), maxBytes: undefined, events: "matched" }, { as: "run" }),
    (one) => one.close(),
  );
  const inForce = started.adopt(putInForce(project), (one) => one.close());
  const served = await serveDevGateway(project, postgres, { inForce, journal });
  started.defer(async () => served?.close());
  const reload = async (): Promise<void> => {
    project = await open();
    await served?.use(project);
    await tellReload(project, inForce, journal);
  };
  watchProject(folder, () => void reload().catch(tellNotReloaded), stop.signal);
  console.log(`${pc.bold(folder)}: ${count(project.ruleSet.rules.length, "rule")}. The database is ${pc.underline(postgres.url)}\n`);

  const observer = lineObserver(
    () => project,
    (line) => console.log(line),
  );
  const running = runProject(project, { inForce, journal, observer, stop, served });
  running.catch(() => stop.abort());
  try {
    if (options.play !== undefined) await play(postgres, join(folder, options.play), journal, stop.signal);
  } catch (error) {
    // Before what it works with is taken from under it.
    stop.abort();
    await running.catch(() => undefined);
    throw error;
  }
  if (options.exit) stop.abort();
  await running;
  if (!(await printSummary(journal))) throw new Quit("Not everything has an end state.");
}

async function play(postgres: LocalPostgres, file: string, journal: Journal, signal: AbortSignal): Promise<void> {
  await playSql(postgres.url, file, (comment) => console.log(pc.dim(`-- ${comment}`)), signal);
  await caughtUp(postgres.url, signal);
  while (!signal.aborted && (await unsettled(journal)) > 0) await wait(50);
}

/** The project as it is on disk, its services sent to the sandbox; secrets that are not set are of no matter there. */
async function openDevProject(folder: string, sandbox: DevSandbox): Promise<Project> {
  const { project, problems } = await loadProject(folder, tables, process.env, { unset: "leave-out" });
  if (problems.length > 0) console.error(describeProblems(problems));
  if (project === undefined) throw new Quit("");
  return sandbox.redirect(project);
}

/** Every postgres source reads the embedded database, which is set up for the rules as they are now. */
async function withDatabase(project: Project, { url }: LocalPostgres): Promise<Project> {
  const connectionString = new Secret(url);
  for (const { options, needs } of postgresSources(project)) await setupPostgres({ ...options, connectionString }, needs);
  const sources = project.sources.map((source) =>
    source.type === "postgres"
      ? {
          ...source,
          open: async () =>
            postgresSource({ name: source.name, ...(source.config as object), connectionString, heartbeatMs: HEARTBEAT_MS }),
        }
      : source,
  );
  return { ...project, sources };
}

async function tellReload(project: Project, inForce: InForce, journal: Journal): Promise<void> {
  for (const sentence of await inForce.swap(project, journal)) console.log(pc.yellow(sentence));
  console.log(pc.green(`Reloaded: ${count(project.ruleSet.rules.length, "rule")}.`));
}

/** Whatever it is (a rule may name a table that is not there): the process does not end because a reload failed. */
function tellNotReloaded(error: unknown): void {
  const why = error instanceof Error ? error.message : String(error);
  if (why !== "") console.error(why);
  console.error(pc.yellow("Not reloaded: the rules in force stay as they were."));
}
