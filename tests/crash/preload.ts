/** Loaded into each process under test before anything else (`--import`): it dies at an await when told, its clock can be set, and it says which life it is. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { instrumented, onThePath } from "./moments.ts";
import { CLOCK, DIED_AT, HEEDS, MOMENT, type Moment, NUDGE } from "./remote.ts";

const folder = process.env["CRASH_REMOTE"] ?? "";
const realNow = Date.now;
let clockOffsetMs = 0;
let moment: Moment | undefined;
/** Awaits that were passed since it was told to die. */
let passed = new Set<string>();

function read(file: string): string | undefined {
  try {
    return readFileSync(join(folder, file), "utf8");
  } catch {
    return undefined;
  }
}

function obey(): void {
  clockOffsetMs = Number(read(CLOCK) ?? 0);
  const told = read(MOMENT);
  const now = told === undefined ? undefined : (JSON.parse(told) as Moment);
  moment = now;
  passed = new Set(now?.not);
  if (now === undefined) return;
  const anyNow = (): void => {
    now.skip = 0;
    if (moment === now) passed.clear();
  };
  setTimeout(anyNow, now.withinMs).unref();
}

/** Dies at the first passing of the await that is the `skip`-th which it comes by. */
function passing(place: string): void {
  if (moment === undefined || passed.has(place)) return;
  passed.add(place);
  moment.skip -= 1;
  if (moment.skip >= 0) return;
  const { afterMs } = moment;
  moment = undefined;
  if (afterMs === undefined) die(place);
  else setTimeout(() => die(place), afterMs);
}

/** Of several workers that were told, the first dies. */
function die(place: string): void {
  try {
    rmSync(join(folder, MOMENT));
  } catch {
    return;
  }
  writeFileSync(join(folder, DIED_AT), place);
  process.kill(process.pid, "SIGKILL");
}

function heeds(event: string | symbol): void {
  if (event === "SIGTERM") writeFileSync(join(folder, `${HEEDS}${process.pid}`), "");
}

process.on(NUDGE, obey);
process.on("newListener", heeds);
process.env["LIFE"] = `${process.pid}.${realNow().toString(36)}`;
obey();
Object.assign(globalThis, { crashPassing: passing });
globalThis.Date = class extends Date {
  constructor(...args: ConstructorParameters<typeof Date> | []) {
    if (args.length === 0) super(realNow() + clockOffsetMs);
    else super(...args);
  }

  static override now(): number {
    return realNow() + clockOffsetMs;
  }
} as DateConstructor;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const file = onThePath(url);
    if (file === undefined || loaded.source === undefined || loaded.source === null) return loaded;
    const source = typeof loaded.source === "string" ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString("utf8");
    return { ...loaded, source: instrumented(file, source, "globalThis.crashPassing") };
  },
});
