import type { DatabaseSync } from "node:sqlite";

/** What the clock shows, and what passes whatever it is set to. Milliseconds both. */
export interface Time {
  readonly clock: () => number;
  readonly steady: () => number;
}

/** Notices that the clock was set, or the machine slept. */
export interface ClockWatch {
  /** By how much the clock was set since {@link follow} was last told; 0: not, or so little that nothing depends on it. */
  jump(): number;
  /** The journal's times were moved by so much. */
  follow(jump: number): void;
}

/** Less than the margin by which a lease outlasts its attempt. */
const NOTICED_MS = 2_000;

export function watchClock({ clock, steady }: Time): ClockWatch {
  let between = clock() - steady();
  return {
    jump() {
      const jump = Math.round(clock() - steady() - between);
      return Math.abs(jump) < NOTICED_MS ? 0 : jump;
    },
    follow: (jump) => void (between += jump),
  };
}

/** Keeps what the clock shows, with whatever is computed by it. */
export const KEEP_CLOCK = "INSERT INTO tally VALUES ('clock', ?1) ON CONFLICT DO UPDATE SET n = ?1";

/**
 * Where the clock shows less than was kept last it was set back while no process ran: what waits would wait until the clock is there again. The time
 * that passed meanwhile is not known, so what waits may wait so much longer. Within the caller's transaction.
 */
export function followClock(db: DatabaseSync, now: number): void {
  const kept = db.prepare("SELECT n FROM tally WHERE name = 'clock'").get() as { n: number } | undefined;
  const jump = now - (kept?.n ?? now);
  if (jump <= -NOTICED_MS) moveTimes(db, jump);
}

/** What is pending is due, whatever the clock showed when it was recorded: nobody watched the clock while no process ran. What is blocked follows as it is released. Within the caller's transaction. */
export function duePending(db: DatabaseSync, now: number): void {
  db.prepare(
    "UPDATE delivery INDEXED BY delivery_ready SET next_at = ?1 WHERE state < 3 AND blocked = 0 AND state = 0 AND next_at > ?1",
  ).run(now);
}

/**
 * Moves with the clock what was computed by it: leases, since when a delivery is tried, what limits count, and where it was set back also what is due, which would otherwise wait until the clock
 * is there again. What waits is not put off where the clock was set forward: it may have been wrong before. Within the caller's transaction.
 */
export function moveTimes(db: DatabaseSync, jump: number): void {
  const states = jump > 0 ? "state > 2 AND state IN (3, 4)" : "state < 5";
  db.prepare(`UPDATE delivery SET next_at = next_at + ? WHERE ${states}`).run(jump);
  db.prepare("UPDATE delivery SET tried_at = tried_at + ? WHERE tried_at IS NOT NULL AND state < 6").run(jump);
  db.prepare("UPDATE admitted SET until = until + ?").run(jump);
  db.prepare("UPDATE queue SET look_at = look_at + ?").run(jump);
}
