import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import type { Random } from "../support/random.ts";
import { sqliteFile } from "./evidence.ts";
import { drawFault } from "./far-side.ts";
import type { Network } from "./network.ts";
import type { FaultName } from "./plan.ts";
import type { Scene, Server } from "./scene.ts";
import { isUp, killNine, startAgain } from "./servers.ts";

/** What the run learns of its faults. */
export interface Deaths {
  /** Awaits at which a process died. */
  readonly at: Set<string>;
  /** Those of them that do not count until all have had their turn. */
  readonly lately: Set<string>;
  /** How often none was reached in time. */
  missed: number;
}

type Inflict = (scene: Scene, random: Random, deaths: Deaths) => Promise<void>;

const LONGEST_AWAY_MS = 800;
const LONGEST_STOP_MS = 2_600;
/** Of one that starts, beside what it takes to start. */
const MOMENT_WITHIN_MS = { running: 500, starting: 2_000 };
/** A process that does not come to its moment for so long is killed all the same. */
const GIVEN_UP_AFTER_MS = 8_000;
const MOST_SKIPPED = { running: 20, starting: 40 };
const LONGEST_INTO_AWAIT_MS = 4;
const HOUR_MS = 3_600_000;

/** Does what a fault is called, and mends it. What is killed or cut comes back; a clock stays as it was set. */
export const INFLICT: { readonly [Name in FaultName]: Inflict } = {
  "process-at-await": dieAtAwait,
  "process-at-any-time": async ({ kept }) => kept.kill(),
  "source-server-killed": ({ source }, random) => killServer(there(source.server), random),
  "source-connection-cut": ({ source }, random) => cut(there(source.network), random),
  "source-half-open": ({ source }, random) => stop(there(source.network), random),
  "journal-server-killed": ({ journal }, random) => killServer(there(journal), random),
  "journal-connection-cut": ({ journal }, random) => cut(there(journal).network, random),
  "journal-half-open": ({ journal }, random) => stop(there(journal).network, random),
  "peers-killed": ({ farSide }, random) => cut(farSide.network, random),
  "peers-half-open": ({ farSide }, random) => stop(farSide.network, random),
  async "responses-lost"({ farSide }, random) {
    farSide.sink.loseAnswers(1 + random.below(20));
    for (const peer of farSide.peers) peer.misbehave({ kind: "lost-response" }, 1 + random.below(20));
  },
  async "responses-bad"({ farSide }, random) {
    for (const peer of farSide.peers) peer.misbehave(drawFault(random), 1 + random.below(5));
  },
  "disk-full": fillDisk,
  "clock-forward": async (scene, random) => setClock(scene, jumpMs(random)),
  "clock-back": async (scene, random) => setClock(scene, -jumpMs(random)),
};

function there<Found>(found: Found | undefined): Found {
  if (found === undefined) throw new Error("That fault cannot be inflicted here.");
  return found;
}

async function dieAtAwait({ kept, remote }: Scene, random: Random, deaths: Deaths): Promise<void> {
  const afterMs = random.below(2) === 0 ? undefined : random.below(LONGEST_INTO_AWAIT_MS);
  const when = random.below(2) === 0 ? "running" : "starting";
  remote.tellMoment({ skip: random.below(MOST_SKIPPED[when]), withinMs: MOMENT_WITHIN_MS[when], afterMs, not: [...deaths.lately] });
  if (when === "starting") kept.kill();
  else kept.nudge();
  const giveUpAt = performance.now() + GIVEN_UP_AFTER_MS;
  while (remote.diedAt() === undefined && performance.now() < giveUpAt) await wait(10);
  const place = remote.diedAt();
  if (place === undefined && remote.withdrawMoment()) {
    deaths.lately.clear();
    deaths.missed += 1;
    return kept.kill();
  }
  for (const seen of place === undefined ? [] : [deaths.at, deaths.lately]) seen.add(place ?? "");
}

async function killServer({ postgres }: Server, random: Random): Promise<void> {
  await killNine(postgres);
  await wait(random.below(LONGEST_AWAY_MS));
  await startAgain(postgres);
}

async function cut(network: Network, random: Random): Promise<void> {
  await network.cut();
  await wait(random.below(LONGEST_AWAY_MS));
  await network.open();
}

async function stop(network: Network, random: Random): Promise<void> {
  network.stop();
  await wait(random.below(LONGEST_STOP_MS));
  await network.cut();
  await network.open();
}

/** Of a file the size is limited, which is refused in the same place as on a full disk and needs no rights; a server has a small disk of its own. */
async function fillDisk({ type, journal, kept, folder }: Scene, random: Random): Promise<void> {
  const awayMs = 300 + random.below(LONGEST_AWAY_MS);
  if (type === "postgres") {
    const { disk, postgres } = there(journal);
    disk?.fill();
    await wait(awayMs);
    disk?.free();
    if (!isUp(postgres)) await startAgain(postgres);
    return;
  }
  const pid = kept.pid();
  limitFiles(pid, String(sizeOf(sqliteFile(folder))));
  await wait(awayMs);
  limitFiles(pid, "unlimited");
}

function sizeOf(file: string): number {
  return Math.max(0, ...[file, `${file}-wal`].map((one) => statSync(one, { throwIfNoEntry: false })?.size ?? 0));
}

function limitFiles(pid: number, most: string): void {
  try {
    execFileSync("prlimit", ["--pid", String(pid), `--fsize=${most}:`], { stdio: "ignore" });
  } catch {
    // It has ended.
  }
}

function jumpMs(random: Random): number {
  return [30_000, HOUR_MS, 26 * HOUR_MS][random.below(3)] ?? HOUR_MS;
}

function setClock({ remote, kept }: Scene, offsetMs: number): void {
  remote.setClock(offsetMs);
  kept.nudge();
}
