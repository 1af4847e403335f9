import type { StatementSync } from "node:sqlite";
import { countedOf, createProbes, limitOf, LOOK_QUEUES, LOOK_ROWS, nextLookAt, NOBODY_ASKS, PROBE_LIMITS } from "../shared/queue.ts";

/** Deliveries that quotas keep back: out of the index of what is ready until they are let out, however many they are. */
export interface Queues {
  /** Lets out what has expired, what there is room for, and from time to time one of each limit. */
  look(now: number): void;
  /** To be called before the delivery is moved, so that it is never ready. */
  join(delivery: number, quota: { readonly queue: string; readonly most: number }, lookAt: number): void;
  isOpen(queue: string): boolean;
  /** When the queue is looked at next, where one that is older waits in it. */
  behind(delivery: number, queue: string): number | undefined;
  /** The quota has counted another: its queue is looked at when it has room again. */
  putOff(queue: string, roomAt: number): void;
  /** Some of the queues of a limit hold nothing back any more. */
  giveUp(limit: string): void;
}

const OUT = "UPDATE delivery SET blocked = 0, next_at = min(recorded_at, ?1) WHERE blocked = 3";
const OUT_EXPIRED = `${OUT} AND seq IN (SELECT seq FROM delivery WHERE blocked = 3 AND expires_at IS NOT NULL AND expires_at <= ?1 LIMIT ?2)`;
const OUT_OLDEST = `${OUT} AND seq IN (SELECT seq FROM delivery WHERE blocked = 3 AND quota = ?2 ORDER BY seq LIMIT ?3)`;
const WAITS = "SELECT 1 FROM delivery WHERE blocked = 3 AND quota = ?1";
const NEXT = "SELECT min(quota) AS queue FROM delivery WHERE blocked = 3 AND quota > ?";

const DUE = "SELECT name, most FROM queue WHERE look_at <= ? ORDER BY look_at LIMIT ?";
const COUNTED = `
  SELECT count(*) AS n, min(until) AS roomAt
  FROM (SELECT until FROM admitted WHERE counted = ? AND until > ? ORDER BY until DESC LIMIT ?)`;
const PUT_OFF_UNTIL = "SELECT 1 FROM queue WHERE name = ? AND look_at > ?";
const PUT_OFF = "UPDATE queue SET look_at = ?2 WHERE name = ?1";
const JOIN = "UPDATE delivery SET blocked = 3, quota = ? WHERE seq = ?";
const OPEN = "INSERT INTO queue (name, most, look_at) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET most = ?2";
const BEHIND = `SELECT look_at FROM queue WHERE name = ?1 AND EXISTS (${WAITS} AND seq < ?2)`;
/** Behind every hexadecimal digit. */
const LAST = "g";
const GIVE_UP = `
  UPDATE queue SET most = ?2, look_at = 0
  WHERE name IN (SELECT name FROM queue WHERE name > ?1 AND name < ?1 || '${LAST}' AND most < ?2 LIMIT ?3)`;

interface Due {
  readonly name: string;
  readonly most: number;
}

export function createQueues(sql: (text: string) => StatementSync): Queues {
  const probes = createProbes();

  /** Returns how many it let out. */
  function lookAt({ name, most }: Due, { left, now }: { readonly left: number; readonly now: number }): number {
    const counted = sql(COUNTED).get(Buffer.from(countedOf(name), "hex"), now, most) as { n: number; roomAt: number | null };
    const room = most - counted.n;
    const out = room > 0 ? Number(sql(OUT_OLDEST).run(now, name, Math.min(room, left)).changes) : 0;
    if (sql(WAITS).get(name) === undefined) sql("DELETE FROM queue WHERE name = ?").run(name);
    else sql(PUT_OFF).run(name, room > 0 ? nextLookAt(now, { room, most: left }) : (counted.roomAt ?? now));
    return out;
  }

  function probe(now: number): void {
    const after = probes.due(now);
    if (after === undefined) return;
    const limits: string[] = [];
    for (let limit = nextLimit(after); limit !== undefined && limits.length < PROBE_LIMITS; limit = nextLimit(limit)) {
      const queue = firstQueue(limit);
      // A queue that is due is looked at anyway.
      if (sql(PUT_OFF_UNTIL).get(queue, now) !== undefined) sql(OUT_OLDEST).run(now, queue, 1);
      limits.push(limit);
    }
    probes.done(limits, now);
  }

  function nextLimit(after: string): string | undefined {
    const queue = firstQueue(after === "" ? "" : `${after}${LAST}`);
    return queue === null ? undefined : limitOf(queue);
  }

  function firstQueue(after: string): string | null {
    return (sql(NEXT).get(after) as { queue: string | null }).queue;
  }

  return {
    look(now) {
      sql(OUT_EXPIRED).run(now, LOOK_ROWS);
      probe(now);
      let left = LOOK_ROWS;
      const due = sql(DUE).all(now, LOOK_QUEUES) as unknown as Due[];
      for (const one of due) if (left > 0) left -= lookAt(one, { left, now });
    },
    join(delivery, { queue, most }, at) {
      sql(JOIN).run(queue, delivery);
      sql(OPEN).run(queue, most, at);
    },
    isOpen: (queue) => sql("SELECT 1 FROM queue WHERE name = ?").get(queue) !== undefined,
    behind(delivery, queue) {
      return (sql(BEHIND).get(queue, delivery) as { look_at: number } | undefined)?.look_at;
    },
    putOff: (queue, roomAt) => void sql(PUT_OFF).run(queue, roomAt),
    giveUp: (limit) => void sql(GIVE_UP).run(limit, NOBODY_ASKS, LOOK_ROWS),
  };
}
