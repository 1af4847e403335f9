import type { ClaimToken, Settlement } from "@backstitch/core/journal";
import type { Batch } from "@backstitch/core/source";
import { encodeValue, type Row } from "@backstitch/core/values";
import { Unreachable } from "./connect.ts";
import type { Database, Rows } from "./database.ts";

/**
 * Calls whose answer was lost. Whether they were done is found out when the caller makes them again, so that done twice is done once.
 * A server may finish a call after its connection broke: what it claimed is looked for a while longer.
 */
export interface Unsure {
  /** Settles; gives the names of the claims that are settled, those included that were by a call whose answer was lost. */
  settled<Asked extends Settlement>(
    settlements: ReadonlyMap<string, Asked>,
    settle: (settlements: readonly Asked[]) => Promise<ReadonlySet<string>>,
  ): Promise<ReadonlySet<string>>;
  /** Makes a call that claims under a number of its own; remembers the number where the answer is lost. */
  claiming<Result>(claim: (call: number) => Promise<Result>): Promise<Result>;
  /** Numbers of calls that may have claimed without anybody knowing. */
  calls(): readonly number[];
  /** Batches whose recording may have been done without anybody knowing. */
  readonly batches: LostBatches;
}

export interface LostBatches {
  has(batch: Batch): boolean;
  add(batch: Batch): void;
  delete(batch: Batch): void;
}

const LOOKED_FOR_MS = 60_000;

const STORED = `
  SELECT d.id, o.claim FROM unnest($1::text[], $2::int[], $3::text[]) AS asked (id, claim, outcome)
  JOIN delivery AS d ON d.id = asked.id JOIN outcome AS o ON o.delivery = d.seq AND o.claim = asked.claim AND o.body = asked.outcome`;

/** @param newCall A number that no other call of this worker has. */
export function rememberUnsure(db: Database, newCall: () => number): Unsure {
  const settlements = new Set<string>();
  const calls = new Map<number, number>();

  /** An outcome that is stored word for word under its claim was stored by the call that was lost. */
  async function storedOf(some: readonly (readonly [string, Settlement])[]): Promise<ReadonlySet<string>> {
    const told = some.flatMap(([, { claim, outcome }]) => (outcome === undefined ? [] : [{ ...claim, outcome }]));
    if (told.length === 0) return new Set();
    const bodies = told.map(({ outcome }) => encodeValue(outcome as unknown as Row));
    const values = [told.map(({ id }) => id), told.map(({ number }) => number), bodies];
    const rows = await db.query({ name: "unsure.stored", text: STORED, values });
    return namesOf(rows);
  }

  return {
    async settled(asked, settle) {
      let settled: ReadonlySet<string>;
      try {
        settled = await settle([...asked.values()]);
      } catch (error) {
        if (error instanceof Unreachable) for (const name of asked.keys()) settlements.add(name);
        throw error;
      }
      const doubtful = [...asked].filter(([name]) => settlements.has(name) && !settled.has(name));
      const all = new Set([...settled, ...(await storedOf(doubtful))]);
      for (const name of asked.keys()) settlements.delete(name);
      return all;
    },
    async claiming(claim) {
      const call = newCall();
      try {
        return await claim(call);
      } catch (error) {
        if (error instanceof Unreachable) calls.set(call, performance.now());
        throw error;
      }
    },
    calls() {
      for (const [call, at] of calls) if (performance.now() - at > LOOKED_FOR_MS) calls.delete(call);
      return [...calls.keys()];
    },
    batches: lostBatches(),
  };
}

function lostBatches(): LostBatches {
  const names = new Set<string>();
  const nameOf = ({ source, partition, from, to }: Batch): string => JSON.stringify([source, partition, from, to]);
  return {
    has: (batch) => names.has(nameOf(batch)),
    add: (batch) => void names.add(nameOf(batch)),
    delete: (batch) => void names.delete(nameOf(batch)),
  };
}

/** Claims are told apart by these. */
export function namesOf(rows: Rows = []): ReadonlySet<string> {
  return new Set(rows.map((row) => `${row["id"] as string}/${row["claim"] as number}`));
}

export function nameOf({ id, number }: ClaimToken): string {
  return `${id}/${number}`;
}
