import { setTimeout as wait } from "node:timers/promises";
import type { DeliveryRecord, DeliveryState, Journal } from "@backstitch/core/journal";
import { doTo, PAST, statesFor, usualStates, type Act, type Acted, type Acting } from "../deliveries/act.ts";
import { withJournal } from "../deliveries/journal.ts";
import { stepOf, type Rate } from "../deliveries/pace.ts";
import { lineOf } from "../deliveries/print.ts";
import { select, unknownLine, type Selection } from "../deliveries/select.ts";
import { noteOf } from "../note.ts";
import { Quit } from "../quit.ts";
import { inWords } from "../words.ts";

export interface ActOptions extends Selection {
  readonly project: string;
  readonly reason?: string;
  /** Without it, what a filter means is only shown. */
  readonly yes: boolean;
  readonly rate?: Rate;
  readonly json: boolean;
}

/** `backstitch deliveries retry|drop|hold|release|forget`: to those that are named at once; to all that a filter means only with `--yes`. */
export async function act(what: Act, ids: readonly string[], options: ActOptions): Promise<void> {
  const { project: folder, reason = "No reason given.", yes, rate, json, ...selection } = options;
  if (ids.length > 0) {
    if (Object.keys(selection).length > 0) throw new Quit("Name deliveries by their ids, or by a filter; not by both.");
    return withJournal(folder, async (journal, project) => actOnNamed(what, ids, { json, journal, project, note: noteOf(reason) }));
  }
  if (Object.keys(selection).length === 0) throw new Quit(`Say which are to be ${PAST[what]}: ids, or a filter such as --rule or --older.`);
  const meant = { ...selection, state: statesOf(what, selection.state) };
  await withJournal(folder, async (journal, project) => {
    const late = what === "retry" ? await countLate(select(journal, project, meant).records, journal) : 0;
    const found = select(journal, project, meant);
    if (yes) await actOnAll(what, found.records, { json, late, rate, journal, project, note: noteOf(reason) });
    else await showMeant(what, found.records, { json, late });
    const unknown = unknownLine(found);
    if (unknown !== undefined) console.error(unknown);
  });
}

function statesOf(what: Act, asked: readonly DeliveryState[] | undefined): readonly DeliveryState[] {
  if (asked === undefined) return usualStates(what);
  const possible = statesFor(what);
  const wrong = asked.filter((state) => !possible.includes(state));
  if (wrong.length > 0) throw new Quit(`What is ${inWords(wrong)} cannot be ${PAST[what]}; what is ${inWords(possible)} can.`);
  return asked;
}

async function actOnNamed(what: Act, ids: readonly string[], { json, ...acting }: Acting & { readonly json: boolean }): Promise<void> {
  const records: DeliveryRecord[] = [];
  for (const id of ids) records.push((await acting.journal.delivery(id)) ?? missing(id));
  const movedOn = what === "retry" ? await acting.journal.movedOn(ids) : new Map<string, number>();
  const { done, left } = await doTo(what, records, acting);
  if (json) console.log(JSON.stringify(summary(what, { done, left }, movedOn.size)));
  else
    for (const id of ids)
      console.log(left.has(id) ? `${id} is left as it is: ${left.get(id)}` : `${id} is ${NOW[what]}.${orderLine(movedOn.get(id))}`);
  if (left.size > 0) throw new Quit("");
}

const NOW: Readonly<Record<Act, string>> = {
  drop: "dropped",
  hold: "held",
  release: "pending again, at its place in its lane",
  forget: "forgotten: its arguments are gone",
  retry: "pending again",
};

function missing(id: string): never {
  throw new Quit(`There is no delivery "${id}". "backstitch deliveries list" shows what there is.`);
}

/** How many a dry run shows one by one. */
const SHOWN = 20;

/** The journal is looked through once for so many. */
const LOOKED_AT = 10_000;

/** Of how many of them, given oldest first, the lane has moved on: later ones of it are settled that are not sent again with them. */
async function countLate(found: AsyncIterable<DeliveryRecord>, journal: Journal): Promise<number> {
  const places: (readonly [id: string, lane: string])[] = [];
  const ofLane = new Map<string, number>();
  for await (const { id, lane } of found) {
    places.push([id, lane]);
    ofLane.set(lane, (ofLane.get(lane) ?? 0) + 1);
  }
  let late = 0;
  for (let from = 0; from < places.length; from += LOOKED_AT) {
    const some = places.slice(from, from + LOOKED_AT);
    const movedOn = await journal.movedOn(some.map(([id]) => id));
    for (const [id, lane] of some) {
      const withIt = (ofLane.get(lane) ?? 1) - 1;
      ofLane.set(lane, withIt);
      if ((movedOn.get(id) ?? 0) > withIt) late += 1;
    }
  }
  return late;
}

/** What a filter means, before anything is done. */
async function showMeant(
  what: Act,
  found: AsyncIterable<DeliveryRecord>,
  { json, late }: { readonly json: boolean; readonly late: number },
): Promise<void> {
  const first: DeliveryRecord[] = [];
  const ids: string[] = [];
  const groups = new Map<string, number>();
  let number = 0;
  for await (const record of found) {
    number += 1;
    if (number <= SHOWN) first.push(record);
    if (json) ids.push(record.id);
    const group = `${record.state}  ${record.rule} → ${record.then ?? "when"}`;
    groups.set(group, (groups.get(group) ?? 0) + 1);
  }
  if (json)
    return console.log(JSON.stringify({ act: what, done: false, count: number, ids, ...(what === "retry" ? { movedOn: late } : {}) }));
  if (number === 0) return console.log("No deliveries.");
  for (const record of first) console.log(lineOf(record));
  if (number > SHOWN) console.log(`… and ${number - SHOWN} more`);
  for (const [group, many] of groups) console.log(`${String(many).padStart(8)}  ${group}`);
  if (late > 0) console.log(orderWarning(late, "would arrive"));
  console.log(`${deliveries(number)} would be ${PAST[what]}. Nothing was done: say --yes to do it.`);
}

interface ActingOnAll extends Acting {
  readonly json: boolean;
  /** Of so many the lane has moved on. */
  readonly late: number;
  readonly rate: Rate | undefined;
}

/** A few at a time, the oldest first; each write is durable, so that what is interrupted can be said again for the rest. */
async function actOnAll(what: Act, found: AsyncIterable<DeliveryRecord>, { json, late, rate, ...acting }: ActingOnAll): Promise<void> {
  const { size, everyMs } = stepOf(rate);
  const done: string[] = [];
  const left = new Map<string, string>();
  let next = performance.now();
  for await (const step of inSteps(found, size)) {
    await wait(Math.max(0, next - performance.now()));
    next = Math.max(next, performance.now() - everyMs) + everyMs;
    const acted = await doTo(what, step, acting);
    done.push(...acted.done);
    for (const [id, why] of acted.left) left.set(id, why);
  }
  if (json) return console.log(JSON.stringify(summary(what, { done, left }, late)));
  if (late > 0) console.error(orderWarning(late, "arrives"));
  for (const [id, why] of left) console.error(`${id} is left as it is: ${why}`);
  console.log(`${deliveries(done.length)} ${done.length === 1 ? "was" : "were"} ${PAST[what]}.`);
}

async function* inSteps(found: AsyncIterable<DeliveryRecord>, size: number): AsyncGenerator<readonly DeliveryRecord[]> {
  let step: DeliveryRecord[] = [];
  for await (const record of found) {
    step.push(record);
    if (step.length < size) continue;
    yield step;
    step = [];
  }
  if (step.length > 0) yield step;
}

function orderLine(later: number | undefined): string {
  if (later === undefined) return "";
  const are = later === 1 ? "1 later delivery of it is" : `${later} later deliveries of it are`;
  return ` Its lane has moved on: ${are} settled, so it arrives out of order.`;
}

/** Of so many of those that a filter means. */
function orderWarning(late: number, willArrive: string): string {
  return `Of ${deliveries(late)} the lane has moved on: what ${willArrive} of ${late === 1 ? "it" : "them"} is out of order.`;
}

function summary(what: Act, { done, left }: Acted, movedOn: number): object {
  const acted = { act: what, done: true, count: done.length, ids: done, left: Object.fromEntries(left) };
  return what === "retry" ? { ...acted, movedOn } : acted;
}

function deliveries(number: number): string {
  return number === 1 ? "1 delivery" : `${number} deliveries`;
}
