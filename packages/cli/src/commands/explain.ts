import { relative, resolve, sep } from "node:path";
import type { DeliveryRecord } from "@backstitch/core/journal";
import type { ChangeEvent } from "@backstitch/core/source";
import { encodeValue, type Row } from "@backstitch/core/values";
import { validate, type Project } from "@backstitch/project";
import { readEvent, type RuleSummary } from "@backstitch/rules";
import { didYouMean } from "@backstitch/rules/json";
import { colours as pc } from "../colours.ts";
import { lineOf } from "../deliveries/print.ts";
import { withGuards } from "../explain/guarded.ts";
import { maskExplanation } from "../explain/masked.ts";
import { printExplanation } from "../explain/print.ts";
import { openJournal } from "../journal.ts";
import { describeProblems, openProject } from "../open-project.ts";
import { Quit } from "../quit.ts";
import { tables } from "../tables.ts";
import { textIn } from "../text-in.ts";

export interface ExplainOptions {
  readonly project: string;
  /** A file that holds an event; `-`: standard input. */
  readonly event?: string;
  readonly json: boolean;
  /** Shows recipients, and values whole. */
  readonly reveal: boolean;
}

/** Values that people read are cut here; whole they are in `--json --reveal`. */
const LONGEST = { shown: 60, revealed: 10_000 };

/** `backstitch explain`: why a rule matches an event, or why not. The event is one of the journal's, or written in a file. */
export async function explain(rule: string, eventId: string | undefined, options: ExplainOptions): Promise<void> {
  const { event: file, json, reveal } = options;
  if ((eventId === undefined) === (file === undefined)) throw new Quit("Name one event: its id in the journal, or a file by --event.");
  // What a rule says can be asked without the secrets of those who deliver.
  const project = await openProject(options.project, tables, process.env, { unset: "leave-out" });
  const summary = ruleOf(rule, project);
  const { event, deliveries } = file === undefined ? await inJournal(project, summary.name, eventId ?? "") : await written(file, summary);
  const explanation = await project.ruleSet.explain(summary.name, event);
  if (explanation === undefined) throw new RangeError(summary.name);
  const guarded = withGuards(explanation, project.services);
  const shown = reveal ? guarded : maskExplanation(guarded, project.services);
  const { hops } = event;
  if (json) {
    const known = {
      ...(hops === undefined ? {} : { hops }),
      ...(deliveries.length === 0 ? {} : { deliveries: deliveries.map(standingOf) }),
    };
    return console.log(encodeValue({ ...shown, ...known } as unknown as Row));
  }
  const name = file === undefined ? `event ${event.id}` : `the event ${file === "-" ? "on standard input" : `in ${file}`}`;
  for (const line of printExplanation(shown, { event: name, hops, cut: reveal ? LONGEST.revealed : LONGEST.shown })) console.log(line);
  if (deliveries.length > 0) console.log(["", pc.bold("Deliveries:"), ...deliveries.map(lineOf)].join("\n"));
}

/** How one stands, for programs; its arguments are above. */
function standingOf({ id, then, state, attempts, report }: DeliveryRecord): Row {
  const entries = Object.entries({ id, then, state, attempts, report }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as unknown as Row;
}

/** An event, and what was made of it by the rule. */
interface Explained {
  readonly event: ChangeEvent;
  readonly deliveries: readonly DeliveryRecord[];
}

/** By its name, or by its file, from here or from the project's folder. */
function ruleOf(given: string, { folder, ruleSet: { rules } }: Project): RuleSummary {
  const inProject = given.replace(/^\.\//, "").replace(/^rules\//, "");
  const fromHere = relative(resolve(folder, "rules"), resolve(given)).split(sep).join("/");
  const names = [given, inProject, fromHere].flatMap((name) => [name, name.replace(/\.json$/, "")]);
  const found = rules.find(({ name }) => names.includes(name));
  if (found !== undefined) return found;
  const remedy = didYouMean(
    inProject.replace(/\.json$/, ""),
    rules.map(({ name }) => name),
  );
  throw new Quit(`There is no rule ${JSON.stringify(given)}.${remedy === undefined ? "" : ` ${remedy}`}`);
}

async function inJournal(project: Project, rule: string, id: string): Promise<Explained> {
  const journal = await openJournal(project.journal, { as: "beside" });
  try {
    const record = await journal.event(id);
    if (record !== undefined) return { event: record.event, deliveries: await journal.deliveries({ eventId: id, rule }) };
  } finally {
    await journal.close();
  }
  throw new Quit(
    `The journal keeps no event ${JSON.stringify(id)}. Which events it keeps is what "journal.events" of backstitch.json says.`,
  );
}

async function written(file: string, rule: RuleSummary): Promise<Explained> {
  const { event, problems } = readEvent({ path: file, text: await textIn(file, "event") }, rule, validate);
  if (event === undefined) throw new Quit(describeProblems(problems));
  return { event, deliveries: [] };
}
