import { readFile } from "node:fs/promises";

/** A process's resident set in megabytes: now, and at its largest so far. */
export interface Resident {
  readonly nowMb: number;
  readonly mostMb: number;
}

/** Reads `VmRSS` and `VmHWM`: the kernel keeps the largest itself, so that no moment between two looks is missed. Linux only. */
export async function readResident(pid: number): Promise<Resident> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return { nowMb: megabytes(status, "VmRSS"), mostMb: megabytes(status, "VmHWM") };
}

function megabytes(status: string, name: string): number {
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
  if (kilobytes === undefined) throw new Error(`The process's status has no ${name}: it has ended.`);
  return Math.round(Number(kilobytes) / 102.4) / 10;
}
