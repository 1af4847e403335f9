import { afterAll, beforeAll, test } from "vitest";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";
import { openDatabase } from "./support/database.ts";
import { replayBeside } from "./support/replay-beside.ts";

let server: LocalPostgres;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

const ROWS = 800;

/** One transaction that somebody else makes meanwhile. */
function transaction(random: () => number): readonly string[] {
  const key = (): number => Math.floor(random() * ROWS * 1.1);
  const one = (): string => {
    const [a, b, kind] = [key(), key(), random()];
    if (kind < 0.5) return `UPDATE item SET n = n + 1 WHERE id BETWEEN ${a} AND ${a + 3}`;
    if (kind < 0.65) return `DELETE FROM item WHERE id = ${a}`;
    if (kind < 0.9) return `INSERT INTO item VALUES (${a}, 0) ON CONFLICT (id) DO UPDATE SET n = item.n + 1`;
    return `UPDATE item SET id = ${b}, n = n + 1 WHERE id = ${a} AND NOT EXISTS (SELECT 1 FROM item WHERE id = ${b})`;
  };
  return ["BEGIN", ...Array.from({ length: 1 + Math.floor(random() * 3) }, one), random() < 0.9 ? "COMMIT" : "ROLLBACK"];
}

test.each([1, 2, 3, 4, 5, 6])(
  "whatever is written and whenever it crashes, each row is recorded as it was at its place of the log (seed %i)",
  async (seed) => {
    const database = await openDatabase(server.url);
    await replayBeside(database, { rows: ROWS, seed, transaction });
    await database.close();
  },
);
