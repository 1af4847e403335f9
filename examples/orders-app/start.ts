/** `pnpm start`: the gateway over a PostgreSQL and a Twilio of its own, and the page at http://127.0.0.1:5173. */
import { dev, Quit } from "@backstitch/cli";
import { servePage } from "./serve-page.ts";

const page = await servePage(5173);
console.log(`The page is at ${page.url}\n`);
try {
  await dev({ project: import.meta.dirname, exit: false });
} catch (error) {
  if (!(error instanceof Quit)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
} finally {
  await page.close();
}
