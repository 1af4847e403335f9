import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Journal } from "@backstitch/core/journal";
import type { RuleSet } from "@backstitch/core/rules";
import { type EngineOptions, openService, runEngine, type ServiceDefinition, type Services } from "@backstitch/core/runtime";
import type { Source } from "@backstitch/core/source";
import { emptyMemory, memoryJournal } from "@backstitch/journals/memory";
import { openSqliteJournal } from "@backstitch/journals/sqlite";
import { farSide, type FarSide } from "./far-side.ts";
import { askedByRow } from "./rules.ts";
import { handSource, type HandSource } from "./source.ts";
import { type Told, watch } from "./watch.ts";

/** Time that moves when told. */
export interface Clock {
  now(): number;
  advance(ms: number): void;
}

export function handClock(): Clock {
  let now = Date.parse("2026-01-01T00:00:00Z");
  return { now: () => now, advance: (ms) => void (now += ms) };
}

/** A journal that can be opened again after a crash, the earlier opening's claims being void. */
export interface Shelf {
  open(options?: { readonly maxBytes?: number }): Journal;
}

export interface JournalKind {
  readonly name: string;
  shelf(clock: Clock, cleanUp: AsyncDisposableStack): Promise<Shelf>;
}

/** Both journals hold what the runtime relies on: every test that needs one runs over both. */
export const JOURNALS: readonly JournalKind[] = [
  {
    name: "memory",
    async shelf(clock) {
      const memory = emptyMemory();
      return { open: (options) => memoryJournal({ memory, clock: clock.now, ...options }) };
    },
  },
  {
    name: "sqlite",
    async shelf(clock, cleanUp) {
      const folder = cleanUp.adopt(await mkdtemp(join(tmpdir(), "backstitch-runtime-")), (path) =>
        rm(path, { recursive: true, force: true }),
      );
      let last: Journal | undefined;
      cleanUp.defer(() => last?.close());
      return {
        open(options) {
          void last?.close();
          last = openSqliteJournal({ path: join(folder, "journal.db"), owner: "take", clock: clock.now, ...options });
          return last;
        },
      };
    },
  },
];

/** Everything a test of the engine needs: one source, one far side, a journal, and a clock that stands still. */
export interface World {
  readonly clock: Clock;
  readonly source: HandSource;
  readonly far: FarSide;
  readonly journal: Journal;
  readonly shelf: Shelf;
  readonly told: Told;
  /** Milliseconds that the engine wanted to wait before it tried a source or a full journal again: it waits none of them. */
  readonly pauses: readonly number[];
  /** Starts the engine. Whatever it is given wins. */
  start(options?: Partial<EngineOptions>): Engine;
  services(...definitions: Partial<ServiceDefinition>[]): Services;
}

export interface Engine {
  /** Resolves or rejects as the engine does. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

export async function openWorld(kind: JournalKind, cleanUp: AsyncDisposableStack): Promise<World> {
  const clock = handClock();
  const shelf = await kind.shelf(clock, cleanUp);
  const journal = shelf.open();
  const source = handSource("shop");
  const far = farSide();
  const told = watch();
  const pauses: number[] = [];
  const services = (...definitions: Partial<ServiceDefinition>[]): Services =>
    new Map(definitions.map((definition) => serviceOf(far, definition)).map((service) => [service.name, service]));
  const usual = services({});
  return {
    clock,
    source,
    far,
    journal,
    shelf,
    told,
    pauses,
    services,
    start(options = {}) {
      const stop = new AbortController();
      const sleep: EngineOptions["sleep"] = async (ms, signal) => {
        if (ms < LONG_MS) pauses.push(ms);
        await wait(ms < LONG_MS ? 1 : ms, undefined, { signal }).catch(() => undefined);
      };
      const parts = {
        sources: [source] as Source[],
        rules: (): RuleSet => askedByRow,
        services: () => usual,
        journal,
        observer: told.observer,
      };
      const doors = { now: clock.now, random: () => 0.5, pollMs: 2, sleep, signal: stop.signal };
      const ended = runEngine({ ...parts, ...doors, ...options });
      ended.catch(() => undefined);
      const engine: Engine = {
        ended,
        async stop() {
          stop.abort();
          await ended;
        },
      };
      cleanUp.defer(() => engine.stop().catch(() => undefined));
      return engine;
    },
  };
}

/** What the engine does once a minute is not waited for. */
const LONG_MS = 60_000;

function serviceOf(far: FarSide, definition: Partial<ServiceDefinition>): ReturnType<typeof openService> {
  const retry = { attempts: 3, firstDelayMs: 0, longestDelayMs: 0 };
  return openService({ name: "box", connector: far.connector, config: {}, concurrency: 4, retry, ...definition }, () => () => []);
}

const PATIENCE_MS = 15_000;

/** Waits until it is so. @throws where it does not become so in good time */
export async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (Date.now() > giveUpAt) throw new Error(`It did not happen: ${what}.`);
    await wait(2);
  }
}

/** Gives everything that wants to happen the time to happen: for saying that something does not. */
export async function aWhile(): Promise<void> {
  await wait(60);
}

/** How many attempts were told of as accepted. */
export function accepted({ told }: World): number {
  return told.lines.filter((line) => line.endsWith("accepted")).length;
}
