import { Command, Option } from "commander";
import type { BackfillOptions } from "../commands/backfill.ts";
import type { RunOptions } from "../commands/run.ts";
import type { TestOptions } from "../commands/test.ts";
import { addApiKeyCommands } from "./api-keys.ts";
import { addDeliveries } from "./deliveries.ts";
import { addJournalCommands } from "./journal.ts";
import { addSuppressionCommands } from "./suppressions.ts";
import { atLeastOne, duration, portNumber } from "./numbers.ts";
import { quitOf } from "../quit.ts";

interface ExplainFlags {
  readonly event?: string;
  readonly request?: string;
  readonly reveal: boolean;
  readonly json: boolean;
}

const program = new Command("backstitch")
  .description("When this row changes and this is true: send a text, a mail, store a file.")
  .addOption(new Option("-p, --project <folder>", "the project's folder").default(".").env("BACKSTITCH_PROJECT"))
  .showHelpAfterError();

program
  .command("check")
  .description("say everything that is wrong with the project's files")
  .option("--connect", "also ask the databases whether they are set up", false)
  .option("--strict", "fail where there is a warning, too", false)
  .action(async (options: { connect: boolean; strict: boolean }) =>
    (await import("../commands/check.ts")).check({ ...program.opts(), ...options }),
  );

program
  .command("test")
  .description("run the tests beside the rules (rules/NAME.test.json)")
  .option("--mutate", "also change the rules in small ways, and list the changes that no test notices", false)
  .option("--watch", "run them again when files are saved", false)
  .addOption(new Option("--reporter <kind>", "how the results are told").choices(["pretty", "junit", "github"]).default("pretty"))
  .option("--output <file>", "write the report to this file, and show the results all the same")
  .action(async (options: Omit<TestOptions, "project">) => (await import("../commands/test.ts")).test({ ...program.opts(), ...options }));

program
  .command("build")
  .description("check the project, and write it as one module for Lambda: no file of it is read there")
  .option("--out <file>", "the module; its types are written beside it", "build/project.mjs")
  .action(async (options: { out: string }) => (await import("../commands/build.ts")).build({ ...program.opts(), ...options }));

program
  .command("setup")
  .description("create what the sources need in their databases (publication, slot, replica identity)")
  .action(async () => (await import("../commands/setup.ts")).setup(program.opts()));

program
  .command("backfill <collection...>")
  .description("have whoever reads the source read these tables beside the log, as events of origin snapshot; status says how far")
  .option("--source <name>", "where the project has several sources of type postgres")
  .action(async (collections: string[], options: Omit<BackfillOptions, "project">) =>
    (await import("../commands/backfill.ts")).backfill(collections, { ...program.opts(), ...options }),
  );

program
  .command("run")
  .description("read the sources, match the rules and deliver, until told to stop")
  .option("--host <address>", "where /healthz, /readyz and /metrics listen", "127.0.0.1")
  .option("--port <number>", "their port; 0: the system picks", portNumber, 9464)
  .option(
    "--workers <number>",
    "so many processes, over a journal on PostgreSQL; each listens on a port of its own, from --port on",
    atLeastOne,
    1,
  )
  .option("--http", "also serve the project's collections over HTTP", false)
  .option("--no-live", "leave the source that live collections follow to another process: to the one with --http")
  .option("--no-receipts", "leave the receipts of vendors to another process, whatever the project says")
  .addOption(
    new Option("--max-lag <duration>", "a source that is further behind makes /readyz say no")
      .default(300_000, "5m")
      .argParser(duration)
      .env("BACKSTITCH_MAX_LAG"),
  )
  .addOption(
    new Option("--name <name>", "what this worker is called among all that share a journal on PostgreSQL; default: the machine's name").env(
      "BACKSTITCH_NAME",
    ),
  )
  .action(async (options: Omit<RunOptions, "project">) => (await import("../commands/run.ts")).run({ ...program.opts(), ...options }));

program
  .command("dev")
  .description("run against a PostgreSQL and a sandbox of its own, and reload on save")
  .option("--play <file>", "play this file of SQL, statement by statement")
  .option("--exit", "end once everything played is settled", false)
  .action(async (options: { play?: string; exit: boolean }) => (await import("../commands/dev.ts")).dev({ ...program.opts(), ...options }));

program
  .command("explain <rule-or-collection> [event-id]")
  .description(
    "why a rule matches an event, or why a collection's rules permit a request, or why not; the event is the journal's, or a file",
  )
  .option("--request <file>", 'a JSON file with a request to a collection: its user, document and body; "-": standard input')
  .option("--event <file>", 'a JSON file with an event, as much of it as matters; "-": standard input')
  .option("--reveal", "show recipients, and values whole", false)
  .option("--json", "one JSON object", false)
  .action(async (name: string, id: string | undefined, { request, ...options }: ExplainFlags) => {
    if (request === undefined) return (await import("../commands/explain.ts")).explain(name, id, { ...program.opts(), ...options });
    return (await import("../commands/explain-request.ts")).explainRequest(name, request, { ...program.opts(), ...options });
  });

addDeliveries(program);
addJournalCommands(program);
addSuppressionCommands(program);
addApiKeyCommands(program);

try {
  await program.parseAsync();
} catch (error) {
  const quit = quitOf(error);
  if (quit === undefined) throw error;
  if (quit.message !== "") console.error(quit.message);
  process.exitCode = quit.exitCode;
}
