import type { Journal, Pause } from "@backstitch/core/journal";
import type { Project } from "@backstitch/project";
import { didYouMean } from "@backstitch/rules/json";
import { withJournal } from "../deliveries/journal.ts";
import { noteOf } from "../note.ts";
import { pauseSentence } from "../pauses.ts";
import { Quit } from "../quit.ts";

export interface PauseOptions {
  readonly project: string;
  readonly service: boolean;
  readonly rule: boolean;
  readonly reason?: string;
  readonly json: boolean;
}

/** `backstitch pause`: the deliveries of a service or a rule are recorded and stay pending. Without a name: what is paused. */
export async function pause(names: readonly string[], options: PauseOptions): Promise<void> {
  const { reason } = options;
  if (names.length > 0 && reason === undefined) throw new Quit("Say why: --reason <text>. It is shown wherever the pause is.");
  await withJournal(options.project, async (journal, { services, ruleSet }) => {
    const known = [...namesOf("service", services), ...namesOf("rule", ruleSet.rules)];
    const meant = names.map((name) => oneOf(name, known, options));
    if (reason !== undefined) await journal.setPaused(meant, noteOf(reason));
    await show(journal, options.json);
  });
}

/** `backstitch resume`: what is paused goes on. */
export async function resume(names: readonly string[], options: PauseOptions): Promise<void> {
  await withJournal(options.project, async (journal) => {
    const paused = await journal.paused();
    await journal.setPaused(
      names.map((name) => oneOf(name, paused, options)),
      undefined,
    );
    await show(journal, options.json);
  });
}

type Pausable = Pick<Pause, "of" | "name">;

function namesOf(of: Pause["of"], all: Project["services"] | Project["ruleSet"]["rules"]): readonly Pausable[] {
  return all.map(({ name }) => ({ of, name }));
}

/** A service and a rule may have the same name. */
function oneOf(name: string, known: readonly Pausable[], { service, rule }: PauseOptions): Pausable {
  const meant = known.filter(({ of }) => service === rule || (of === "service" ? service : rule));
  const [found, other] = meant.filter((one) => one.name === name);
  if (found !== undefined && other === undefined) return { of: found.of, name };
  if (found !== undefined) throw new Quit(`${JSON.stringify(name)} is a service and a rule: say --service or --rule.`);
  const names = meant.map((one) => one.name);
  const remedy = didYouMean(name, names) ?? (names.length === 0 ? "There is none." : `There are ${names.slice(0, 10).join(", ")}.`);
  throw new Quit(
    `There is no ${rule === service ? "service or rule" : rule ? "rule" : "service"} ${JSON.stringify(name)} to choose from. ${remedy}`,
  );
}

async function show(journal: Journal, json: boolean): Promise<void> {
  const paused = await journal.paused();
  if (json) console.log(JSON.stringify(paused));
  else if (paused.length === 0) console.log("Nothing is paused.");
  else for (const one of paused) console.log(pauseSentence(one));
}
