import { text as textOf } from "node:stream/consumers";
import { addressOf } from "@backstitch/core/connector";
import type { Journal, News, Suppression } from "@backstitch/core/journal";
import { didYouMean, listOf } from "@backstitch/rules/json";
import type { Project } from "@backstitch/project";
import { withJournal } from "../deliveries/journal.ts";
import { Quit } from "../quit.ts";

import { count } from "../words.ts";

interface Options {
  readonly project: string;
  readonly service?: string;
  readonly json: boolean;
}

/** `backstitch suppressions list`: who is sent nothing, the newest last. */
export async function listSuppressions({ project, service, json, limit }: Options & { readonly limit: number }): Promise<void> {
  await withJournal(project, async (journal) => {
    const all = await journal.suppressions({ service, limit });
    for (const one of all) console.log(json ? JSON.stringify(one) : lineOf(one));
    if (!json && all.length === 0) console.log("Nobody is suppressed.");
  });
}

function lineOf({ service, shown, code, since, deliveryId }: Suppression): string {
  return `${new Date(since).toISOString()}  ${service}  ${shown}  ${code}${deliveryId === undefined ? "" : `  ${deliveryId}`}`;
}

/** `backstitch suppressions add`: a service sends them nothing from now on. Only a keyed hash of them is stored, and what is shown of them. */
export async function addSuppressions(recipients: readonly string[], options: Options): Promise<void> {
  await change(recipients, options, (service, at, addresses) => ({ service, at, code: "BY_HAND", suppress: addresses }));
}

/** `backstitch suppressions remove`: a service sends to them again. */
export async function removeSuppressions(recipients: readonly string[], options: Options): Promise<void> {
  await change(recipients, options, (service, at, addresses) => ({ service, at, unsuppress: addresses }));
}

type Changing = (service: string, at: number, addresses: readonly string[]) => News;

async function change(recipients: readonly string[], { project: folder, service, json }: Options, changing: Changing): Promise<void> {
  const addresses = [...new Set((await given(recipients)).map(addressOf))];
  await withJournal(folder, async (journal, project) => {
    const name = serviceOf(service, project);
    const at = await journal.now();
    const learned = await inParts(journal, addresses, (part) => changing(name, at, part));
    const changed = learned.filter((one) => one === "new").length;
    if (json) return console.log(JSON.stringify({ service: name, given: addresses.length, changed }));
    console.log(`${count(changed, "recipient")} of ${addresses.length} changed.`);
  });
}

/** Each is a piece of news, so that each is answered. */
async function inParts(
  journal: Journal,
  addresses: readonly string[],
  newsOf: (part: readonly string[]) => News,
): Promise<readonly string[]> {
  const learned: string[] = [];
  for (let from = 0; from < addresses.length; from += PART) {
    learned.push(...(await journal.learn(addresses.slice(from, from + PART).map((address) => newsOf([address])))));
  }
  return learned;
}

const PART = 500;

/** On the command line others of the machine see them: lines of standard input are another way. */
async function given(recipients: readonly string[]): Promise<readonly string[]> {
  const all = recipients.length === 1 && recipients[0] === "-" ? (await textOf(process.stdin)).split("\n") : recipients;
  const named = all.map((one) => one.trim()).filter((one) => one !== "");
  if (named.length === 0) throw new Quit('Say who: numbers or addresses, or "-" and one a line on standard input.');
  return named;
}

/** Where there is one service alone, it is meant. */
function serviceOf(name: string | undefined, { services }: Project): string {
  const names = services.map((one) => one.name);
  const [only] = names;
  if (name === undefined && only !== undefined && names.length === 1) return only;
  if (name === undefined) throw new Quit(`Say of which service: --service <name>. The project's services are ${listOf(names)}.`);
  if (names.includes(name)) return name;
  throw new Quit(
    `There is no service ${JSON.stringify(name)}. ${didYouMean(name, names) ?? `The project's services are ${listOf(names)}.`}`,
  );
}
