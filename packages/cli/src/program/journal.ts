import type { Command } from "commander";
import type { PauseOptions } from "../commands/pause.ts";
import { reason } from "./numbers.ts";

/** `backstitch pause`, `resume`, `status` and `verify` */
export function addJournalCommands(program: Command): void {
  withNames(program.command("pause [name...]"))
    .description("keep the deliveries of a service or a rule pending, until it is resumed; without a name: what is paused")
    .option("--reason <text>", "why: shown wherever the pause is", reason)
    .action(async (names: string[], options: Omit<PauseOptions, "project">) =>
      (await import("../commands/pause.ts")).pause(names, { ...program.opts(), ...options }),
    );
  withNames(program.command("resume <name...>"))
    .description("let what is paused go on")
    .action(async (names: string[], options: Omit<PauseOptions, "project">) =>
      (await import("../commands/pause.ts")).resume(names, { ...program.opts(), ...options }),
    );
  program
    .command("status")
    .description("how many deliveries the journal has in each state, and what is paused")
    .option("--json", "one JSON object", false)
    .action(async (options: { json: boolean }) => (await import("../commands/status.ts")).status({ ...program.opts(), ...options }));
  program
    .command("verify")
    .description("prove from the journal that all it was asked for has an end, or is on its way to one; exits 1 where it is not so")
    .option("--json", "one JSON object", false)
    .action(async (options: { json: boolean }) => (await import("../commands/verify.ts")).verify({ ...program.opts(), ...options }));
}

function withNames(command: Command): Command {
  return command
    .option("--service", "the names are services'", false)
    .option("--rule", "the names are rules'", false)
    .option("--json", "what is paused then, as JSON", false);
}
