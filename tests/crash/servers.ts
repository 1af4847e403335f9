import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { chown, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { LocalPostgres } from "@backstitch/sandbox/postgres";
import { Client } from "pg";

/** kill -9 of the server and of every process of it. Where the system does not list them: as a power cut. */
export async function killNine(server: LocalPostgres): Promise<void> {
  if (!isUp(server)) return;
  const pid = Number(readFileSync(pidFile(server), "utf8").split("\n")[0]);
  const list = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(list)) return server.kill();
  const children = readFileSync(list, "utf8").split(" ").filter(Boolean).map(Number);
  const all = [pid, ...children];
  for (const one of all) killIfThere(one);
  // A new server refuses the folder while a process of the old one has it.
  while (all.some((one) => existsSync(`/proc/${one}`) && !isZombie(one))) await wait(10);
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function isZombie(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return true;
  }
}

const MOST_STARTS = 40;

/** Starts it again at its port, which the system may have lent to a connection meanwhile; two faults at once may both start it. */
export async function startAgain(server: LocalPostgres): Promise<void> {
  for (let starts = 1; ; starts += 1) {
    try {
      return await server.start();
    } catch (error) {
      if (await answers(server)) return;
      if (starts === MOST_STARTS) throw error;
      await wait(250);
    }
  }
}

async function answers({ url }: LocalPostgres): Promise<boolean> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

/** Whether nothing is known against its being up: it has not ended by itself. */
export function isUp(server: LocalPostgres): boolean {
  return existsSync(pidFile(server));
}

function pidFile({ folder }: LocalPostgres): string {
  return join(folder, "data/postmaster.pid");
}

/** A file system for the tables of one database, whose room can be taken away. */
export interface SmallDisk {
  /** There is no more room than is taken. */
  fill(): void;
  free(): void;
  remove(): void;
}

const ROOMY = "4g";

/** Makes a database; where the system permits it its tables are on a disk of their own. */
export async function createDatabase(server: LocalPostgres, name: string): Promise<{ readonly url: string; readonly disk?: SmallDisk }> {
  const disk = await mountFor(server);
  const client = new Client({ connectionString: server.url });
  await client.connect();
  if (disk !== undefined) await client.query(`CREATE TABLESPACE small LOCATION '${join(server.folder, "small/tables")}'`);
  await client.query(`CREATE DATABASE ${name}${disk === undefined ? "" : " TABLESPACE small"}`);
  await client.end();
  const url = server.url.replace(/\/[^/]*$/, `/${name}`);
  return disk === undefined ? { url } : { url, disk };
}

async function mountFor(server: LocalPostgres): Promise<SmallDisk | undefined> {
  const folder = join(server.folder, "small");
  const tables = join(folder, "tables");
  mkdirSync(folder);
  const mount = (options: string): void => void execFileSync("mount", ["-o", options, folder], { stdio: "ignore" });
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${ROOMY}`, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  mkdirSync(tables);
  const { uid, gid } = await stat(server.folder);
  await chown(tables, uid, gid);
  // The system refuses less than is taken, and the server may take more at any time.
  const isFilled = (): boolean => {
    const { blocks, bfree, bsize } = statfsSync(folder);
    try {
      mount(`remount,size=${(blocks - bfree) * bsize}`);
      return true;
    } catch {
      return false;
    }
  };
  return {
    fill() {
      for (let tries = 0; !isFilled(); tries += 1) if (tries > 100) throw new Error("The disk cannot be made so small.");
    },
    free: () => mount(`remount,size=${ROOMY}`),
    remove() {
      execFileSync("umount", ["--lazy", folder], { stdio: "ignore" });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
