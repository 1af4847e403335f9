import type { ClaimToken, DeliveryState } from "@backstitch/core/journal";
import type { Database, Rows, Statement } from "./database.ts";
import { nameOf } from "./unsure.ts";

/**
 * What calls of this process have claimed: the number by which a delivery is found without a look at its id, and the calls of which nothing is left
 * under a claim. All of it may be forgotten: numbers are asked for, and rows of `lease` go once they are over.
 */
export interface Leases {
  /** What a call has claimed: rows with `id`, `claim` and `seq`. */
  note(call: number, rows: Rows, leaseMs: number): void;
  /** The deliveries that are there, in the order of their numbers and of the claims of each. */
  find(claims: readonly ClaimToken[]): Promise<readonly Found[]>;
  /** The calls of which nothing is left once these are settled. */
  endingWith(claims: readonly ClaimToken[]): readonly number[];
  /** They are settled, and the rows of these calls are gone. */
  settled(claims: readonly ClaimToken[], ended: readonly number[]): void;
}

export interface Found {
  readonly claim: ClaimToken;
  readonly seq: number;
}

interface Call {
  readonly names: Set<string>;
  /** When it is over for certain. */
  readonly until: number;
}

const NUMBERS = "SELECT id, seq FROM delivery WHERE id = ANY ($1::text[])";

/** @param steady Milliseconds that pass evenly. */
export function rememberLeases(db: Database, steady: () => number): Leases {
  const calls = new Map<number, Call>();
  const held = new Map<string, { readonly seq: number; readonly call: number }>();

  function forgetOld(): void {
    for (const [call, { names, until }] of calls) {
      if (until > steady()) return;
      for (const name of names) held.delete(name);
      calls.delete(call);
    }
  }

  return {
    note(call, rows, leaseMs) {
      forgetOld();
      const names = new Set<string>();
      for (const row of rows) {
        const name = nameOf({ id: row["id"] as string, number: row["claim"] as number });
        names.add(name);
        held.set(name, { seq: row["seq"] as number, call });
      }
      if (names.size > 0) calls.set(call, { names, until: steady() + 2 * leaseMs });
    },
    async find(claims) {
      const unknown = claims.filter((claim) => !held.has(nameOf(claim))).map(({ id }) => id);
      const rows = unknown.length === 0 ? [] : await db.query({ name: "leases.numbers", text: NUMBERS, values: [unknown] });
      const asked = new Map(rows.map((row) => [row["id"] as string, row["seq"] as number]));
      const found = claims.flatMap((claim) => {
        const seq = held.get(nameOf(claim))?.seq ?? asked.get(claim.id);
        return seq === undefined ? [] : [{ claim, seq }];
      });
      return found.toSorted((left, right) => left.seq - right.seq || left.claim.number - right.claim.number);
    },
    endingWith(claims) {
      const names = new Set(claims.map(nameOf));
      const counted = Map.groupBy(names, (name) => held.get(name)?.call);
      // One that several calls settled at the same time was left behind by all of them.
      return [...calls].filter(([call, left]) => left.names.size === (counted.get(call)?.length ?? 0)).map(([call]) => call);
    },
    settled(claims, ended) {
      for (const name of claims.map(nameOf)) {
        calls.get(held.get(name)?.call ?? NaN)?.names.delete(name);
        held.delete(name);
      }
      for (const call of ended) calls.delete(call);
    },
  };
}

/**
 * What is asked for is told by arrays in the order of {@link Leases.find}, of which `$2` has the deliveries' numbers and `$3` those of their claims, and looked up in them: a join would go through all deliveries, or
 * each time through all that is asked for, where what its plan knows of the tables' sizes is long past. For the same reason other look-ups cannot
 * become joins, and no condition names a partial index's own.
 */
export const AT = "[width_bucket(d.seq, $2::bigint[])]";
export const ASKED = `d.seq = ANY ($2::bigint[]) AND d.claim = ($3::int[])${AT}`;

/** The part of a statement by which it leases what it claims: `claimed` has `seq` and `claim`. The parameters are the worker's number and the call's. */
export function leasing(claimed: string, { worker, call, until }: Readonly<Record<"worker" | "call" | "until", string>>): string {
  return `
    INSERT INTO lease (worker, call, until, deliveries, claims)
    SELECT ${worker}::int, ${call}::bigint, ${until}, array_agg(seq), array_agg(claim) FROM ${claimed} HAVING count(*) > 0`;
}

/**
 * What is under the claims of a lease, in one of these states.
 * @param locked Whoever ends claims waits for what another settles: nobody else would end them
 */
export function underClaim(lease: string, states: readonly DeliveryState[], locked: "locked" | "unlocked"): string {
  const wanted = states.map((state) => `'${state}'`).join(", ");
  return `(
    SELECT d.* FROM unnest(${lease}.deliveries, ${lease}.claims) AS one (seq, claim) CROSS JOIN LATERAL (
      SELECT * FROM delivery WHERE seq = one.seq AND claim = one.claim AND state IN (${wanted}) OFFSET 0${locked === "locked" ? " FOR NO KEY UPDATE" : ""}
    ) AS d
  )`;
}

/** Whoever ends the claims of a row that is over deletes it, and is not waited for. */
const END = `
  WITH due AS (SELECT worker, call FROM lease WHERE worker = $1 AND call = ANY ($2::bigint[]) FOR UPDATE SKIP LOCKED)
  DELETE FROM lease USING due WHERE lease.worker = due.worker AND lease.call = due.call`;

/** Forgets calls of which nothing is left, in the transaction in which the last of it is settled. */
export function endLeases(worker: number, calls: readonly number[]): readonly Statement[] {
  return calls.length === 0 ? [] : [{ name: "leases.end", text: END, values: [worker, calls] }];
}
