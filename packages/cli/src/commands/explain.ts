import { relative, resolve, sep } from "node:path";
import type { ChangeEvent } from "@backstitch/core/source";
import { encodeValue, type Row } from "@backstitch/core/values";
import { validate, type Project } from "@backstitch/project";
import { readEvent, type RuleSummary } from "@backstitch/rules";
import { didYouMean } from "@backstitch/rules/json";
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
  const event = file === undefined ? await journalEvent(project, eventId ?? "") : await writtenEvent(file, summary);
  const explanation = await project.ruleSet.explain(summary.name, event);
  if (explanation === undefined) throw new RangeError(summary.name);
  const guarded = withGuards(explanation, project.services);
  const shown = reveal ? guarded : maskExplanation(guarded, project.services);
  const { hops } = event;
  if (json) return console.log(encodeValue({ ...shown, ...(hops === undefined ? {} : { hops }) } as unknown as Row));
  const name = file === undefined ? `event ${event.id}` : `the event ${file === "-" ? "on standard input" : `in ${file}`}`;
  for (const line of printExplanation(shown, { event: name, hops, cut: reveal ? LONGEST.revealed : LONGEST.shown })) console.log(line);
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

async function journalEvent(project: Project, id: string): Promise<ChangeEvent> {
  const journal = await openJournal(project.journal, { as: "beside" });
  try {
    const record = await journal.event(id);
    if (record !== undefined) return record.event;
  } finally {
    await journal.close();
  }
  throw new Quit(
    `The journal keeps no event ${JSON.stringify(id)}. Which events it keeps is what "journal.events" of backstitch.json says.`,
  );
}

async function writtenEvent(file: string, rule: RuleSummary): Promise<ChangeEvent> {
  const { event, problems } = readEvent({ path: file, text: await textIn(file, "event") }, rule, validate);
  if (event === undefined) throw new Quit(describeProblems(problems));
  return event;
}
