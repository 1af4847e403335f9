import type { Command } from "commander";
import { atLeastOne } from "./numbers.ts";

interface Given {
  readonly service?: string;
  readonly json: boolean;
}

/** `backstitch suppressions …` */
export function addSuppressionCommands(program: Command): void {
  const suppressions = program.command("suppressions").description("who is sent nothing, since they do not want it or do not exist");
  const load = () => import("../commands/suppressions.ts");
  withService(suppressions.command("list", { isDefault: true }))
    .description("one line for each, the newest last; recipients are masked, since the journal does not know more")
    .option("--limit <number>", "at most so many, the newest", atLeastOne, 100)
    .action(async (options: Given & { limit: number }) => (await load()).listSuppressions({ ...program.opts(), ...options }));
  withService(suppressions.command("add <recipient...>"))
    .description('a service sends them nothing from now on; "-": one a line on standard input')
    .action(async (recipients: string[], options: Given) => (await load()).addSuppressions(recipients, { ...program.opts(), ...options }));
  withService(suppressions.command("remove <recipient...>"))
    .description('a service sends to them again; "-": one a line on standard input')
    .action(async (recipients: string[], options: Given) =>
      (await load()).removeSuppressions(recipients, { ...program.opts(), ...options }),
    );
}

function withService(command: Command): Command {
  return command.option("--service <name>", "of this service").option("--json", "as JSON", false);
}
