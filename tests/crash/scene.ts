import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";
import { createRandom } from "../support/random.ts";
import { type FarSide, startFarSide } from "./far-side.ts";
import { type Network, startNetwork } from "./network.ts";
import { type FaultName, faultsOf } from "./plan.ts";
import { environmentOf, type JournalType, writeCrashProject } from "./project.ts";
import { openRemote, type Remote } from "./remote.ts";
import { type Kept, keepRunning } from "./running.ts";
import type { CrashSource, SourceName } from "./sources/source.ts";
import { startSource } from "./sources/start.ts";
import { createDatabase, type SmallDisk } from "./servers.ts";

/** A PostgreSQL server behind a network of its own. */
export interface Server {
  readonly postgres: LocalPostgres;
  readonly network: Network;
  /** Past the network. */
  readonly url: string;
}

/** Everything that takes part in a run. */
export interface Scene extends AsyncDisposable {
  readonly type: JournalType;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly farSide: FarSide;
  readonly source: CrashSource;
  /** Where the journal is on one. */
  readonly journal: (Server & { readonly disk?: SmallDisk }) | undefined;
  readonly remote: Remote;
  readonly kept: Kept;
}

export interface SceneOptions {
  readonly source: SourceName;
  readonly type: JournalType;
  readonly seed: number;
  readonly workers: number;
}

/** Every fault that can be inflicted here. */
export function faultsIn({ type, journal, source }: Pick<Scene, "type" | "journal" | "source">): readonly FaultName[] {
  const cannot = new Set<FaultName>();
  if (type === "postgres" && journal?.disk === undefined) cannot.add("disk-full");
  if (source.server === undefined) cannot.add("source-server-killed");
  if (source.network === undefined) cannot.add("source-connection-cut").add("source-half-open");
  return faultsOf(type).filter((name) => !cannot.has(name));
}

/** Starts servers, peers and `backstitch run`. */
export async function startScene({ source: name, type, seed, workers }: SceneOptions): Promise<Scene> {
  await using started = new AsyncDisposableStack();
  const [source, journal, farSide] = await Promise.all([
    startSource(name, started),
    type === "postgres" ? startJournalServer(started) : undefined,
    startFarSide(createRandom(seed + 1)).then((one) => started.adopt(one, (side) => side.close())),
  ]);
  const project = started.use(await writeCrashProject(source, type, farSide.addresses));
  const remoteFolder = join(project.folder, ".remote");
  mkdirSync(remoteFolder);
  const remote = openRemote(remoteFolder);
  const environment = {
    ...source.environment,
    ...environmentOf({ journal: journal?.network.through(journal.url) ?? "", remote: remoteFolder }),
  };
  const { ends = false } = source;
  const kept = started.adopt(keepRunning({ folder: project.folder, environment, remote, workers, ends }), (one) => one.end());
  const all = started.move();
  return {
    type,
    folder: project.folder,
    environment,
    farSide,
    source,
    journal,
    remote,
    kept,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

async function startJournalServer(started: AsyncDisposableStack): Promise<Server & { readonly disk?: SmallDisk }> {
  const postgres = started.adopt(await startPostgres(), (server) => server.stop());
  const { url, disk } = await createDatabase(postgres, "journal");
  if (disk !== undefined) started.defer(() => disk.remove());
  const network = started.adopt(await startNetwork([url]), (one) => one.close());
  return { postgres, network, url, ...(disk === undefined ? {} : { disk }) };
}
