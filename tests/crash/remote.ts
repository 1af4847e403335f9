import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Told to a process under test: when to die. */
export interface Moment {
  /** So many awaits that it comes by for the first time are passed before. */
  skip: number;
  /** After so long it is any await, however few there were. Milliseconds. */
  readonly withinMs: number;
  /** So long into the await; undefined: before what is awaited begins. Milliseconds. */
  readonly afterMs: number | undefined;
  /** Awaits that do not count: processes died there already. */
  readonly not: readonly string[];
}

export const MOMENT = "moment.json";
export const CLOCK = "clock-offset-ms";
export const DIED_AT = "died-at";
/** With the process's id behind it: being told to stop does not end it before it has a say in it. */
export const HEEDS = "heeds-signals.";
/** Makes a process look at what it is told. */
export const NUDGE = "SIGUSR2";

/** What processes under test are told, those too that start later. */
export interface Remote {
  /** For `CRASH_REMOTE`. */
  readonly folder: string;
  tellMoment(moment: Moment): void;
  /** False: nobody was told, or somebody died. */
  withdrawMoment(): boolean;
  /** The await at which the last one died that was told to; undefined: none has. */
  diedAt(): string | undefined;
  setClock(offsetMs: number): void;
  heedsSignals(pid: number | undefined): boolean;
}

export function openRemote(folder: string): Remote {
  mkdirSync(folder, { recursive: true });
  const path = (file: string): string => join(folder, file);
  return {
    folder,
    tellMoment(moment) {
      rmSync(path(DIED_AT), { force: true });
      writeFileSync(path(MOMENT), JSON.stringify(moment));
    },
    withdrawMoment() {
      const untold = existsSync(path(MOMENT));
      rmSync(path(MOMENT), { force: true });
      return untold;
    },
    diedAt: () => (existsSync(path(DIED_AT)) ? readFileSync(path(DIED_AT), "utf8") : undefined),
    setClock: (offsetMs) => writeFileSync(path(CLOCK), String(offsetMs)),
    heedsSignals: (pid) => existsSync(path(`${HEEDS}${pid}`)),
  };
}
