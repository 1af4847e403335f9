import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "@backstitch/sandbox";

const execute = promisify(execFile);
const PROGRAMS = ["radosgw", "radosgw-admin", "ceph", "ceph-mon", "ceph-osd", "ceph-authtool", "monmaptool"];
const isThere = PROGRAMS.every((name) => existsSync(`/usr/bin/${name}`));

/** Why there is no Ceph here; undefined: there is one. */
export const noCeph = isThere ? undefined : "apt-get install radosgw ceph-mon ceph-osd brings it";

export const keys = {
  accessKeyId: `CEPH${randomBytes(8).toString("hex").toUpperCase()}`,
  secretAccessKey: randomBytes(20).toString("hex"),
};

/** Ceph's S3, which nobody here wrote: a monitor, one store in memory and a gateway, on loopback. */
export interface Ceph {
  readonly url: string;
  stop(): Promise<void>;
}

/** It takes ten seconds. */
export async function startCeph(): Promise<Ceph> {
  const folder = await mkdtemp(join(tmpdir(), "backstitch-ceph-"));
  const conf = join(folder, "ceph.conf");
  const [monitor, gateway] = [`[v2:127.0.0.1:${await freePort()}]`, await freePort()];
  const running: ChildProcess[] = [];
  const run = async (program: string, ...args: readonly string[]): Promise<unknown> =>
    execute(program, ["-c", conf, ...args], { cwd: folder, timeout: 60_000 });
  const start = (program: string, ...args: readonly string[]): void =>
    void running.push(spawn(program, ["-c", conf, "-f", ...args], { cwd: folder, stdio: "ignore" }));
  const stop = async (): Promise<void> => {
    await Promise.all(running.map(killed));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(["mon", "osd"].map((name) => mkdir(join(folder, name))));
    const [cluster, store] = [randomUUID(), randomUUID()];
    await writeFile(conf, settingsOf({ folder, cluster, monitor, gateway }));
    await makeKeys(folder);
    await execute("monmaptool", ["--create", "--fsid", cluster, "--addv", "a", monitor, "monmap"], { cwd: folder });
    await run("ceph-mon", "--mkfs", "-i", "a", "--monmap", "monmap", "--keyring", "keyring");
    start("ceph-mon", "-i", "a");
    await run("ceph", "osd", "new", store);
    await run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", store);
    start("ceph-osd", "-i", "0");
    await run("ceph", "osd", "crush", "add", "osd.0", "1", "root=default", "host=here");
    start("radosgw", "-n", "client.rgw");
    const given = [`--access-key=${keys.accessKeyId}`, `--secret-key=${keys.secretAccessKey}`];
    await run("radosgw-admin", "user", "create", "--uid=tested", "--display-name=tested", ...given);
    const url = `http://127.0.0.1:${gateway}`;
    while (!(await answers(url))) await wait(50);
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Each program proves to the others who it is: without that the gateway does not start. */
async function makeKeys(folder: string): Promise<void> {
  const all = [
    ["mon.", "mon", "allow *"],
    ["client.admin", "mon", "allow *", "osd", "allow *"],
    ["osd.0", "mon", "allow profile osd", "osd", "allow *"],
    ["client.rgw", "mon", "allow rw", "osd", "allow rwx"],
  ];
  await execute("ceph-authtool", ["--create-keyring", "keyring"], { cwd: folder });
  for (const [name = "", ...rights] of all) {
    const caps = rights.flatMap((word, index) => (index % 2 === 0 ? ["--cap", word] : [word]));
    await execute("ceph-authtool", ["keyring", "--gen-key", "-n", name, ...caps], { cwd: folder });
  }
}

interface Settings {
  readonly folder: string;
  readonly cluster: string;
  readonly monitor: string;
  readonly gateway: number;
}

function settingsOf({ folder, cluster, monitor, gateway }: Settings): string {
  return `[global]
fsid = ${cluster}
mon host = ${monitor}
public addr = 127.0.0.1
run dir = ${folder}
log file = ${folder}/$name.log
keyring = ${folder}/keyring
mon data = ${folder}/mon
osd data = ${folder}/osd
osd objectstore = memstore
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon data avail crit = 1
rgw frontends = beast endpoint=127.0.0.1:${gateway}
`;
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

async function killed(one: ChildProcess): Promise<void> {
  if (one.exitCode !== null || one.signalCode !== null) return;
  one.kill("SIGKILL");
  await once(one, "exit");
}
