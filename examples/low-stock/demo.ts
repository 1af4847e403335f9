/** `pnpm demo`: plays demo.sql against a PostgreSQL and vendors of its own for about ten seconds; with `--keep` it stays up. */
import { dev, Quit } from "@backstitch/cli";

const keep = process.argv.includes("--keep");
try {
  await dev({ project: import.meta.dirname, play: "demo.sql", exit: !keep });
} catch (error) {
  if (!(error instanceof Quit)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}
