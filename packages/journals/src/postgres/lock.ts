import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "pg";
import { connectSession, endSession, explain, type Place } from "./connect.ts";

/** A lock that the server keeps for one of its sessions: it goes with the process, or the machine, that holds it. */
export interface HeldLock {
  /** Aborts when the session has ended, or does not answer: another may hold the lock by now. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/** The number by which the server knows the lock of a name. */
export function keyOf(schema: string, name: string): string {
  return `hashtextextended('backstitch/' || ${schema} || '/' || ${name}, 0)`;
}

const TRY_LOCK = `SELECT pg_try_advisory_lock(${keyOf("$1", "$2")}) AS held`;
/** Sooner than the server gives up a session whose machine is gone. */
const ASK_EVERY_MS = 5_000;

/** Takes the lock of this name, of this journal's; undefined: another session holds it. */
export async function tryLock(place: Place, name: string): Promise<HeldLock | undefined> {
  const client = await connectSession(place);
  const lock = await lockIn(client, place, name).catch(() => undefined);
  if (lock === undefined) await endSession(client);
  return lock;
}

/** The same in a session that is there, and is the lock's once it holds it. @throws Unreachable | Refused */
export async function lockIn(client: Client, place: Place, name: string): Promise<HeldLock | undefined> {
  const lost = new AbortController();
  const lose = (): void => lost.abort();
  client.once("end", lose);
  if (!(await take(client, place, name))) {
    client.off("end", lose);
    return undefined;
  }
  const asking = new AbortController();
  void askOnAndOn(client, AbortSignal.any([asking.signal, lost.signal])).catch(() => lost.abort());
  return {
    lost: lost.signal,
    async release() {
      asking.abort();
      await endSession(client);
    },
  };
}

async function take(client: Client, { schema }: Place, name: string): Promise<boolean> {
  try {
    const { rows } = await client.query<{ held: boolean }>(TRY_LOCK, [schema, name]);
    return rows[0]?.held === true;
  } catch (error) {
    throw explain(error);
  }
}

/** A connection that the network has swallowed says nothing by itself. */
async function askOnAndOn(client: Client, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await wait(ASK_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    if (!signal.aborted) await client.query({ text: "SELECT", query_timeout: ASK_EVERY_MS } as { text: string });
  }
}
