import { setTimeout as wait } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { type DeliveryRecord, type Journal, JournalFull } from "@backstitch/core/journal";
import { createPatience, observers, runEngine, sleepByTimer, type Observer } from "@backstitch/core/runtime";
import type { Source } from "@backstitch/core/source";
import type { JournalSettings, Project } from "@backstitch/project";
import type { Logger } from "pino";
import { type Served, serveGateway, type ServeGatewayOptions } from "../gateway.ts";
import { type InForce, putInForce } from "../in-force.ts";
import { signalsAreHeeded } from "../early-signals.ts";
import { openJournal, type OpenJournal } from "../journal.ts";
import { mailBy } from "../login-mail.ts";
import { createHealth } from "../observe/health.ts";
import { createLog, logObserver } from "../observe/log.ts";
import { createMetrics } from "../observe/metrics.ts";
import { serveStatus } from "../observe/server.ts";
import { toldLive } from "../live.ts";
import { oneReader } from "../one-reader.ts";
import { openProject } from "../open-project.ts";
import { Quit } from "../quit.ts";
import { serveReceipts } from "../receipts.ts";
import { stopOnSignals, stopWithParent } from "../stop-on-signals.ts";
import { tables } from "../tables.ts";

export interface RunOptions {
  readonly project: string;
  /** @default "127.0.0.1" */
  readonly host: string;
  /** 0: the system picks. */
  readonly port: number;
  /** A source that is further behind makes the process not ready. Milliseconds. */
  readonly maxLag: number;
  /** What it is called among the workers that share a journal on PostgreSQL. @default the machine's name */
  readonly name?: string;
  /** Whether it takes receipts, where the project says so. @default true */
  readonly receipts?: boolean;
  /** Whether it serves the project's collections over HTTP. @default false */
  readonly http?: boolean;
  /** Whether it reads the source that collections which are live follow: what it reads, those that it serves are told. @default true */
  readonly live?: boolean;
  /** So many processes. @default 1 */
  readonly workers?: number;
}

/**
 * `backstitch run`: for production. Ends on SIGTERM or SIGINT after finishing what is under way, or once no source is read any more and all is settled.
 * @throws Quit where a source is no longer read because a person must mend something.
 */
export async function run(options: RunOptions): Promise<void> {
  const { project: folder, host, port, name, workers = 1 } = options;
  if (workers > 1) return (await import("./run-workers.ts")).runWorkers({ ...options, workers });
  keepYoungSpaceSmall();
  const log = createLog(process.env["BACKSTITCH_LOG_LEVEL"] ?? "info", name);
  await using opened = new AsyncDisposableStack();
  const stop = stopOnSignals(log);
  const reloads = opened.adopt(createReloads(), (one) => one.close());
  signalsAreHeeded();
  const project = await openProject(folder, tables, process.env);
  if (stop.signal.aborted) return log.info("stopped");
  const read = options.live === false ? project.sources.filter(({ name }) => name !== project.gateway?.source) : project.sources;
  const sources = [...read, ...(options.http === true ? project.webhooks : [])].map(({ name }) => name);
  const health = createHealth(sources, { maxLagMs: options.maxLag });
  let journal = await openNow(project.journal, name);
  opened.defer(async () => journal?.close());
  const metrics = createMetrics(sources, () => journal);
  const status = opened.adopt(await serveStatus({ host, port }, health, metrics), (one) => one.close());
  stopWithParent(stop);
  const inForce = opened.adopt(putInForce(project), (one) => one.close());
  const serving = { ...servingOf(inForce, log), services: () => inForce.services(), journal: () => journal, worker: name };
  const gateway = options.http === true ? await serveGateway(project, serving) : undefined;
  opened.defer(async () => gateway?.close());
  reloads.follow(() => void reloadProject(folder, { inForce, journal, gateway }, log));
  const observer = observers(logObserver(log), metrics.observer, health.observer);
  if (journal === undefined) {
    log.info({ status: status.url }, "waiting for the journal");
    journal = await openWhenItCanBe(project.journal, name, { observer, signal: stop.signal });
  }
  if (journal === undefined || stop.signal.aborted) return log.info("stopped");
  const receipts = await serveReceipts(options.receipts === false ? undefined : project.receipts, {
    services: () => inForce.services(),
    journal,
    observer,
  });
  opened.defer(async () => receipts?.close());
  log.info(
    { status: status.url, receipts: receipts?.url, http: gateway?.url, rules: project.ruleSet.rules.length, ruleSet: project.ruleSet.hash },
    "running",
  );
  await runProject({ ...project, sources: read }, { inForce, journal, observer, stop, served: gateway });
  log.info("stopped");
}

function servingOf(inForce: InForce, log: Logger): Pick<ServeGatewayOptions, "failed" | "send"> {
  return {
    failed: (error) => log.error(told(error), "the gateway failed"),
    send: mailBy(inForce, (failure) => log.error(failure, "a mail of the login was not sent")),
  };
}

/** Where it went wrong, and nothing that it was about. */
function told(error: unknown): { readonly error: string } {
  return {
    error: error instanceof Error ? `${error.name}: ${(error.stack ?? "").split("\n").slice(1, 4).join(" ").trim()}` : typeof error,
  };
}

/** Listens for SIGHUP. What comes while the project is read is done once it was, since its files may have been read before they changed. */
function createReloads(): { follow(reload: () => void): void; close(): void } {
  let asked = false;
  let reload = (): void => void (asked = true);
  const onHangUp = (): void => reload();
  process.on("SIGHUP", onHangUp);
  return {
    follow(reloadNow) {
      reload = reloadNow;
      if (asked) reloadNow();
    },
    close: () => void process.off("SIGHUP", onHangUp),
  };
}

/** Undefined where it can be opened later. */
async function openNow(settings: JournalSettings, worker: string | undefined): Promise<OpenJournal | undefined> {
  return openJournal(settings, { as: "run", worker }).catch((error: unknown) => {
    if (!(error instanceof JournalFull)) throw error;
    return undefined;
  });
}

/** A disk without room and a server that is away are waited for, as they are later. Undefined: it was told to stop meanwhile. */
async function openWhenItCanBe(
  settings: JournalSettings,
  worker: string | undefined,
  { observer, signal }: { readonly observer: Observer; readonly signal: AbortSignal },
): Promise<OpenJournal | undefined> {
  try {
    const { whenThereIsRoom } = createPatience(observer, sleepByTimer);
    return await whenThereIsRoom(() => openJournal(settings, { as: "run", worker }), signal);
  } catch (error) {
    if (error instanceof JournalFull && signal.aborted) return undefined;
    throw error;
  }
}

/** Changes that stream through die young in a space of any size; V8 would let it grow by a hundred megabytes. */
function keepYoungSpaceSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}

interface RunningParts {
  readonly inForce: InForce;
  readonly journal: OpenJournal;
  readonly observer: Observer;
  readonly stop: AbortController;
  /** Feeds its sources whatever other processes do, and is told of what its own source reads. @default nothing is served */
  readonly served?: Pick<Served, "fed" | "live"> | undefined;
}

/**
 * What `run` and `dev` share: the engine over a project's sources, until stopped or nothing more can come.
 * @throws Quit where nothing more can come because a source needs a person.
 */
export async function runProject(project: Project, parts: RunningParts): Promise<void> {
  const { inForce, journal, observer, stop, served } = parts;
  const fed = served?.fed ?? [];
  const sources = await Promise.all(project.sources.map((source) => source.open()));
  const reading = new Set([...sources, ...fed].map(({ name }) => name));
  const mend: string[] = [];
  const runsOut: Observer = {
    sourceState(source, state, reason) {
      if (state !== "ended" && state !== "stopped") return;
      reading.delete(source);
      if (state === "stopped") mend.push(reason ?? `Source "${source}" stopped.`);
      if (reading.size === 0) void stopWhenSettled(journal, stop);
    },
  };
  const told = observers(runsOut, observer);
  const followed = (source: Source): Source =>
    served !== undefined && source.name === project.gateway?.source ? toldLive(source, served.live) : source;
  await runEngine({
    sources: [...sources.map((source) => oneReader(followed(source), journal, told)), ...fed],
    rules: () => inForce.rules(),
    services: () => inForce.services(),
    journal,
    observer: told,
    signal: stop.signal,
  });
  if (stop.signal.reason === RAN_OUT && mend.length > 0) throw new Quit(mend.join("\n"));
}

/** How many deliveries have no end state yet and can still move by themselves. */
export async function unsettled(journal: Journal): Promise<number> {
  const { pending, claimed, started, waiting, uncertain, held } = (await journal.counts()).deliveries;
  const open = pending + claimed + started + waiting + uncertain;
  if (open === 0) return 0;
  const pauses = await journal.paused();
  if (held === 0 && pauses.length === 0) return open;
  // What waits behind one that is held moves when a person has decided, and not before; so does what is paused.
  const isPaused = ({ rule, service }: DeliveryRecord): boolean => pauses.some(({ of, name }) => name === (of === "rule" ? rule : service));
  const some = await journal.deliveries({ states: ["pending", "claimed", "started", "waiting", "uncertain"], limit: MOST_LOOKED_AT });
  const free = some.filter((one) => (!one.blocked && !isPaused(one)) || one.state === "claimed" || one.state === "started").length;
  return free === 0 && some.length === MOST_LOOKED_AT ? open : free;
}

const MOST_LOOKED_AT = 1_000;

/** Why a run stopped by itself. */
const RAN_OUT = "ran out";

async function stopWhenSettled(journal: Journal, stop: AbortController): Promise<void> {
  while (!stop.signal.aborted && (await unsettled(journal).catch(() => 0)) > 0) await wait(100);
  stop.abort(RAN_OUT);
}

interface Reloaded {
  readonly inForce: InForce;
  readonly journal: Journal | undefined;
  readonly gateway: Served | undefined;
}

async function reloadProject(folder: string, { inForce, journal, gateway }: Reloaded, log: Logger): Promise<void> {
  try {
    const project = await openProject(folder, tables, process.env, { previous: inForce.project() });
    await gateway?.use(project);
    for (const sentence of await inForce.swap(project, journal)) log.warn(sentence);
    log.info({ rules: project.ruleSet.rules.length, ruleSet: project.ruleSet.hash }, "reloaded");
  } catch (error) {
    // Whatever it is: a running process does not end because a reload failed.
    const problems = (error instanceof Error ? error.message : String(error)).split("\n");
    log.error({ problems }, "not reloaded: the rules in force stay");
  }
}
