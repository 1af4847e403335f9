import type { Counts, DeliveryFilter, DeliveryRecord, DeliveryState, Journal } from "@backstitch/core/journal";
import { deliveryId, type NewDelivery } from "@backstitch/core/rules";
import { encodeValue, type Row, type Value } from "@backstitch/core/values";
import type { Project } from "@backstitch/project";
import { colours as pc } from "../colours.ts";
import { openJournal } from "../journal.ts";
import { maskRecipients } from "../mask.ts";
import { openProject } from "../open-project.ts";
import { Quit } from "../quit.ts";
import { tables } from "../tables.ts";

export interface ListOptions {
  readonly project: string;
  readonly state?: readonly DeliveryState[];
  readonly rule?: string;
  readonly service?: string;
  readonly limit: number;
  readonly json: boolean;
}

/** `backstitch deliveries list`: newest last, one line each. */
export async function listDeliveries({ project, state, limit, json, ...filter }: ListOptions): Promise<void> {
  await withJournal(project, async (journal, { services }) => {
    const wanted: DeliveryFilter = { ...filter, ...(state === undefined ? {} : { states: state }), limit };
    const records = await journal.deliveries(wanted);
    for (const record of records) console.log(json ? encodeValue(asRow(record, services, false)) : lineOf(record));
    if (!json && records.length === 0) console.log("No deliveries.");
    if (!json && records.some(({ blocked }) => blocked)) console.log(lanesLine((await journal.counts()).lanes));
  });
}

function lanesLine({ blocked, blockedSince = 0 }: Counts["lanes"]): string {
  const are = blocked === 1 ? "1 lane is" : `${blocked} lanes are`;
  return `${are} blocked by a delivery that is not settled; the oldest that waits behind one has done so since ${new Date(blockedSince).toISOString()}.`;
}

export interface ShowOptions {
  readonly project: string;
  /** Shows recipients and the event's rows. */
  readonly reveal: boolean;
  readonly json: boolean;
}

/** `backstitch deliveries show`: everything that is known of one delivery; recipients are masked unless `--reveal`. */
export async function showDelivery(id: string, { project, reveal, json }: ShowOptions): Promise<void> {
  await withJournal(project, async (journal, { services }) => {
    const record = await journal.delivery(id);
    if (record === undefined) throw new Quit(`There is no delivery "${id}". "backstitch deliveries list" shows what there is.`);
    const event = reveal ? (await journal.event(record.eventId))?.event : undefined;
    const row = { ...asRow(record, services, reveal), ...(event === undefined ? {} : { event: event as unknown as Row }) };
    if (json) return console.log(encodeValue(row));
    for (const [name, value] of Object.entries(row)) {
      if (name !== "outcomes") console.log(`${pc.bold(name.padEnd(12))} ${shown(name, value)}`);
    }
    for (const { attempt, at, outcome } of record.outcomes) {
      const said = outcome.kind === "accepted" ? (outcome.receipt.id ?? "") : `${outcome.code} ${outcome.reason}`;
      console.log(`${pc.bold(`attempt ${attempt}`.padEnd(12))} ${new Date(at).toISOString()} ${outcome.kind} ${said}`);
    }
  });
}

function shown(name: string, value: Value): string {
  if (TIMES.has(name) && typeof value === "number") return new Date(value).toISOString();
  return typeof value === "string" ? value : encodeValue(value);
}

/** Epoch milliseconds, which people do not read. */
const TIMES = new Set(["recordedAt", "dueAt", "expiresAt"]);

/** `backstitch deliveries retry`: makes settled failures pending again. A failed match is rendered anew under today's rules. */
export async function retryDeliveries(ids: readonly string[], { project }: { readonly project: string }): Promise<void> {
  await withJournal(project, async (journal, loaded) => {
    const requests = await Promise.all(ids.map(async (id) => ({ id, ...(await renderedFor(id, journal, loaded)) })));
    const movedOn = await journal.movedOn(ids);
    const redriven = new Set(await journal.redrive(requests));
    for (const id of ids)
      console.log(
        redriven.has(id)
          ? `${id} is pending again.${orderLine(movedOn.get(id))}`
          : `${id} is left as it is: only rejected, held, expired and dropped deliveries are retried.`,
      );
    if (redriven.size < ids.length) throw new Quit("");
  });
}

function orderLine(later: number | undefined): string {
  if (later === undefined) return "";
  const are = later === 1 ? "1 later delivery of it is" : `${later} later deliveries of it are`;
  return ` Its lane has moved on: ${are} settled, so it arrives out of order.`;
}

/** What the rules ask for today, for a delivery that has no arguments stored, because its match failed. */
async function renderedFor(id: string, journal: Journal, { ruleSet }: Project): Promise<{ rendered?: NewDelivery }> {
  const record = await journal.delivery(id);
  if (record === undefined) throw new Quit(`There is no delivery "${id}".`);
  if (record.args !== undefined || (record.state !== "rejected" && record.state !== "expired")) return {};
  const event = await journal.event(record.eventId);
  if (record.then === undefined) throw new Quit(`${id}: rule "${record.rule}" could not be decided, so there is no action to retry.`);
  if (event === undefined) throw new Quit(`${id}: its event is no longer kept, so its arguments cannot be rendered again.`);
  const { deliveries, failures } = await ruleSet.match([event.event]);
  const delivery = deliveries.find(({ key }) => deliveryId(key) === id);
  if (delivery !== undefined) return { rendered: delivery };
  const failure = failures.find(({ key }) => deliveryId(key) === id);
  if (failure !== undefined) throw new Quit(`${id}: it fails again: ${failure.code} ${failure.reason}`);
  const fansOut = deliveries.some(({ rule, then }) => rule === record.rule && then === record.then);
  throw new Quit(
    fansOut
      ? `${id}: its entry now makes one delivery for each element, so there is no single one to retry.`
      : `${id}: the rules no longer ask for it.`,
  );
}

async function withJournal(folder: string, use: (journal: Journal, project: Project) => Promise<void>): Promise<void> {
  // What the journal knows can be asked without the secrets of those who deliver.
  const project = await openProject(folder, tables, process.env, { unset: "leave-out" });
  const journal = await openJournal(project.journal, "beside");
  try {
    await use(journal, project);
  } finally {
    await journal.close();
  }
}

function asRow(record: DeliveryRecord, services: Project["services"], reveal: boolean): Row {
  const action = services.find(({ name }) => name === record.service)?.connector.actions[record.action ?? ""];
  const { args, ...rest } = record;
  const shown: Value | undefined = args === undefined ? undefined : reveal ? args : maskRecipients(args, action?.args);
  const entries = Object.entries({ ...rest, args: shown }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as unknown as Row;
}

function lineOf({ id, state, rule, then, attempts, recordedAt, blocked, outcomes }: DeliveryRecord): string {
  const last = outcomes.at(-1)?.outcome;
  const why = last === undefined || last.kind === "accepted" ? "" : `  ${last.code}`;
  const colour = state === "accepted" ? pc.green : state === "rejected" || state === "held" ? pc.red : pc.yellow;
  return `${id}  ${new Date(recordedAt).toISOString()}  ${colour(state.padEnd(9))}  ${rule} → ${then ?? "when"}  ${attempts} attempt${attempts === 1 ? "" : "s"}${blocked ? "  blocked" : ""}${why}`;
}
