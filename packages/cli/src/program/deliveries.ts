import { REPORTED } from "@backstitch/core/connector";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { ActOptions } from "../commands/act.ts";
import type { ListOptions } from "../commands/deliveries.ts";
import type { Act } from "../deliveries/act.ts";
import { parseRate, type Rate } from "../deliveries/pace.ts";
import { atLeastOne, reason } from "./numbers.ts";

const STATES = ["pending", "claimed", "started", "waiting", "uncertain", "held", "accepted", "rejected", "expired", "dropped"];

/** `backstitch deliveries …` */
export function addDeliveries(program: Command): void {
  const deliveries = program.command("deliveries").description("what the journal knows of deliveries, and what is to become of them");
  withFilter(deliveries.command("list"))
    .description("one line for each, the newest last")
    .addOption(new Option("--reported <standing...>", "only those of which the vendor told this last").choices(REPORTED))
    .option("--limit <number>", "at most so many, the newest", atLeastOne, 100)
    .option("--json", "one JSON object a line", false)
    .action(async (options: Omit<ListOptions, "project">) =>
      (await import("../commands/deliveries.ts")).listDeliveries({ ...program.opts(), ...options }),
    );
  deliveries
    .command("show <id>")
    .description("everything that is known of one; recipients are masked")
    .option("--reveal", "show recipients and the event's rows", false)
    .option("--json", "one JSON object", false)
    .action(async (id: string, options: { reveal: boolean; json: boolean }) =>
      (await import("../commands/deliveries.ts")).showDelivery(id, { ...program.opts(), ...options }),
    );
  for (const [act, description] of ACTS) addAct(program, deliveries, { act, description });
}

const ACTS: readonly (readonly [act: Act, description: string])[] = [
  [
    "retry",
    "make rejected, held, expired or dropped deliveries pending again, out of their lane's order; of those a filter means, rejected and expired ones",
  ],
  ["drop", "never send pending, waiting, uncertain or held deliveries; their lanes go on"],
  ["hold", "keep pending, waiting or uncertain deliveries, and their lanes, until a person decides"],
  ["release", "make held deliveries pending again, at their place in their lane"],
  ["forget", "delete the arguments of settled deliveries now, and their event with the last of them"],
];

function addAct(program: Command, deliveries: Command, { act, description }: { readonly act: Act; readonly description: string }): void {
  const command = withFilter(deliveries.command(`${act} [id...]`))
    .description(`${description}. With a filter: first shows which; --yes does it`)
    .option("--yes", "do it to all that the filter means", false)
    .option("--json", "one JSON object", false);
  // What was sent, or was to be, is a record; why it is not any more belongs to it.
  if (act === "retry" || act === "release") command.option("--reason <text>", "why: kept with each of them", reason);
  else command.requiredOption("--reason <text>", "why: kept with each of them", reason);
  if (act === "retry" || act === "release") command.option("--rate <rate>", "at most so many, such as 10/s, 600/m or 5000/h", rate);
  command.action(async (ids: string[], options: Omit<ActOptions, "project">) =>
    (await import("../commands/act.ts")).act(act, ids, { ...program.opts(), ...options }),
  );
}

function withFilter(command: Command): Command {
  return command
    .addOption(new Option("--state <state...>", "only those in these states").choices(STATES))
    .option("--rule <name>", "only of this rule")
    .option("--service <name>", "only of this service")
    .option("--code <code>", "only those whose last outcome has this code, such as TWILIO_21211")
    .option("--older <duration>", "only those recorded longer ago, such as 2h or 7d")
    .option("--newer <duration>", "only those recorded since so long")
    .option("--recipient <text>", "only those that go to this number or address");
}

function rate(text: string): Rate {
  const parsed = parseRate(text);
  if (parsed === undefined) throw new InvalidArgumentError('It must be a number above 0 with "/s", "/m" or "/h", such as 10/s.');
  return parsed;
}
