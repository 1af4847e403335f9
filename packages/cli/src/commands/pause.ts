import { setTimeout as wait } from "node:timers/promises";
import type { Journal, Pause } from "@backstitch/core/journal";
import type { Project } from "@backstitch/project";
import { didYouMean } from "@backstitch/rules/json";
import { withJournal } from "../deliveries/journal.ts";
import { noteOf } from "../note.ts";
import { OPEN_STATES } from "../open-states.ts";
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
  if (names.length === 0 && reason !== undefined) throw new Quit("Say what is to be paused: the names of services or rules.");
  await withJournal(options.project, async (journal, { services, ruleSet }) => {
    const inProject = [...namesOf("service", services), ...namesOf("rule", ruleSet.rules)];
    const known = [...inProject, ...(await removedOf(names, inProject, journal))];
    const meant = names.map((name) => oneOf(name, known, options, notThere));
    if (reason !== undefined) await journal.setPaused(meant, noteOf(reason));
    await show(journal, options.json);
  });
}

/** `backstitch resume`: what is paused goes on. */
export async function resume(names: readonly string[], options: PauseOptions): Promise<void> {
  await withJournal(options.project, async (journal) => {
    const paused = await journal.paused();
    const meant = names.map((name) => oneOf(name, paused, options, notPaused));
    await untilSeen(
      paused.filter(({ of, name }) => meant.some((one) => one.of === of && one.name === name)),
      await journal.now(),
    );
    await journal.setPaused(meant, undefined);
    await show(journal, options.json);
  });
}

/** Whoever runs has seen a pause by then. */
const SEEN_AFTER_MS = 2_000;

/** The end of a service's pause says that it may be well again: what was not seen has no end. */
async function untilSeen(pauses: readonly Pause[], now: number): Promise<void> {
  const since = Math.max(...pauses.filter(({ of }) => of === "service").map((one) => one.since));
  await wait(Math.min(SEEN_AFTER_MS, Math.max(0, since + SEEN_AFTER_MS - now)));
}

type Pausable = Pick<Pause, "of" | "name">;

function namesOf(of: Pause["of"], all: Project["services"] | Project["ruleSet"]["rules"]): readonly Pausable[] {
  return all.map(({ name }) => ({ of, name }));
}

/** What is gone from the project while the journal has deliveries of it that are not at their end. */
async function removedOf(names: readonly string[], inProject: readonly Pausable[], journal: Journal): Promise<readonly Pausable[]> {
  const asked = names.flatMap((name): Pausable[] => [
    { of: "service", name },
    { of: "rule", name },
  ]);
  const gone = asked.filter((one) => !inProject.some(({ of, name }) => of === one.of && name === one.name));
  const found = await Promise.all(gone.map(({ of, name }) => journal.deliveries({ states: OPEN_STATES, [of]: name, limit: 1 })));
  return gone.filter((_, index) => found[index]?.length === 1);
}

/** Says that a name is none of those there are. */
type Unknown = (name: string, of: Pausable["of"] | undefined, others: readonly string[]) => string;

const notThere: Unknown = (name, of, others) => {
  const remedy = others.length === 0 ? "There is none." : `There are ${others.slice(0, 10).join(", ")}.`;
  return `There is no ${of ?? "service or rule"} ${JSON.stringify(name)} to choose from. ${didYouMean(name, others) ?? remedy}`;
};

const notPaused: Unknown = (name, of, others) => {
  const remedy = others.length === 0 ? `No ${of ?? "service or rule"} is.` : `What is: ${others.slice(0, 10).join(", ")}.`;
  const subject = of === undefined ? JSON.stringify(name) : `The ${of} ${JSON.stringify(name)}`;
  return `${subject} is not paused. ${didYouMean(name, others) ?? remedy}`;
};

/** A service and a rule may have the same name. */
function oneOf(name: string, known: readonly Pausable[], { service, rule }: PauseOptions, unknown: Unknown): Pausable {
  const asked = service === rule ? undefined : service ? "service" : "rule";
  const meant = known.filter(({ of }) => asked === undefined || of === asked);
  const [found, other] = meant.filter((one) => one.name === name);
  if (found === undefined) throw new Quit(unknown(name, asked, [...new Set(meant.map((one) => one.name))]));
  if (other !== undefined) throw new Quit(`${JSON.stringify(name)} is a service and a rule: say --service or --rule.`);
  return { of: found.of, name };
}

async function show(journal: Journal, json: boolean): Promise<void> {
  const paused = await journal.paused();
  if (json) console.log(JSON.stringify(paused));
  else if (paused.length === 0) console.log("Nothing is paused.");
  else for (const one of paused) console.log(pauseSentence(one));
}
