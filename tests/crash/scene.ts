import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";
import { setupPostgres } from "@backstitch/sources/postgres";
import { Client } from "pg";
import { createRandom } from "../support/random.ts";
import { type FarSide, startFarSide } from "./far-side.ts";
import { type Network, startNetwork } from "./network.ts";
import { type FaultName, faultsOf } from "./plan.ts";
import { environmentOf, type JournalType, SCHEMA, SLOT, writeCrashProject } from "./project.ts";
import { openRemote, type Remote } from "./remote.ts";
import { type Kept, keepRunning } from "./running.ts";
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
  readonly source: Server;
  /** Where the journal is on one. */
  readonly journal: (Server & { readonly disk?: SmallDisk }) | undefined;
  readonly remote: Remote;
  readonly kept: Kept;
}

export interface SceneOptions {
  readonly type: JournalType;
  readonly seed: number;
  readonly workers: number;
}

/** Every fault that can be inflicted here. */
export function faultsIn({ type, journal }: Pick<Scene, "type" | "journal">): readonly FaultName[] {
  const canFill = type === "sqlite" || journal?.disk !== undefined;
  return faultsOf(type).filter((name) => canFill || name !== "disk-full");
}

/** Starts servers, peers and `backstitch run`. */
export async function startScene({ type, seed, workers }: SceneOptions): Promise<Scene> {
  await using started = new AsyncDisposableStack();
  const [sourceServer, journal, farSide] = await Promise.all([
    startPostgres().then((one) => started.adopt(one, (server) => server.stop())),
    type === "postgres" ? startJournalServer(started) : undefined,
    startFarSide(createRandom(seed + 1)).then((one) => started.adopt(one, (side) => side.close())),
  ]);
  const source = { postgres: sourceServer, url: sourceServer.url, network: await startNetwork([sourceServer.url]) };
  started.defer(() => source.network.close());
  await prepareSource(source.url);
  const project = started.use(await writeCrashProject(type, farSide.addresses));
  const remoteFolder = join(project.folder, ".remote");
  mkdirSync(remoteFolder);
  const remote = openRemote(remoteFolder);
  const environment = environmentOf({
    source: source.network.through(source.url),
    journal: journal?.network.through(journal.url) ?? "",
    remote: remoteFolder,
  });
  const kept = started.adopt(keepRunning({ folder: project.folder, environment, workers }), (one) => one.end());
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

async function prepareSource(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(SCHEMA);
  await client.end();
  const tables = ["item", "note"].map((collection) => ({ collection, needsBefore: false }));
  await setupPostgres({ name: "shop", connectionString: url, slot: SLOT }, tables);
}
