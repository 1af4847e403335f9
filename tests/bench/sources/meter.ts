/** What one reader tells of itself when it has read all: rows, and the processor's time that they took. */
export interface Read {
  readonly rows: number;
  readonly cpuSeconds: number;
}

export interface Meter {
  /** So many more rows were read. Whether these were the last. */
  read(rows: number): boolean;
  result(): Read;
}

/** The first quarter is not counted: connecting, and compiling what is run, is what a process does once. */
const UNCOUNTED = 0.25;

export function createMeter(total: number): Meter {
  let rows = 0;
  let from: { readonly rows: number; readonly cpu: NodeJS.CpuUsage } | undefined;
  let end: Read | undefined;
  return {
    read(more) {
      rows += more;
      if (from === undefined && rows >= total * UNCOUNTED) from = { rows, cpu: process.cpuUsage() };
      if (rows < total || from === undefined) return false;
      const { user, system } = process.cpuUsage(from.cpu);
      end ??= { rows: rows - from.rows, cpuSeconds: (user + system) / 1e6 };
      return true;
    },
    result: () => end ?? { rows: 0, cpuSeconds: 0 },
  };
}
