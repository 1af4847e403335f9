import type { Counts, DeliveryRecord } from "@backstitch/core/journal";
import { UNREADABLE } from "@backstitch/core/rules";
import { encodeValue, type Row, type Value } from "@backstitch/core/values";
import { colours as pc } from "../colours.ts";
import { withJournal } from "../deliveries/journal.ts";
import { asRow, lineOf, outcomeLine, reportLine } from "../deliveries/print.ts";
import { filterOf, select, unknownLine, type Selection } from "../deliveries/select.ts";
import { hiddenRecord, recordIn, shownRecord } from "../deliveries/unreadable.ts";
import { Quit } from "../quit.ts";

export interface ListOptions extends Selection {
  readonly project: string;
  readonly limit: number;
  readonly json: boolean;
}

/** `backstitch deliveries list`: newest last, one line each. */
export async function listDeliveries({ project: folder, limit, json, ...selection }: ListOptions): Promise<void> {
  await withJournal(folder, async (journal, project) => {
    const records: DeliveryRecord[] = [];
    const found = select(journal, project, selection);
    if (selection.recipient === undefined)
      records.push(...(await journal.deliveries({ ...(await filterOf(selection, journal, project)), limit })));
    else for await (const record of found.records) records.splice(0, records.push(record) - limit);
    for (const record of records) console.log(json ? encodeValue(asRow(record, project.services, false)) : lineOf(record));
    if (!json && records.length === 0) console.log("No deliveries.");
    const unknown = unknownLine(found);
    if (unknown !== undefined) console.error(unknown);
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
    const event = reveal || record.rule === UNREADABLE ? (await journal.event(record.eventId))?.event : undefined;
    const row = asRow(record, services, reveal);
    if (json) return console.log(encodeValue(reveal && event !== undefined ? { ...row, event: event as unknown as Row } : row));
    const bytes = event && recordIn(event);
    const told = bytes && { record: reveal ? shownRecord(bytes, id) : hiddenRecord(bytes) };
    const around = reveal && event !== undefined && bytes === undefined ? { event: event as unknown as Row } : {};
    for (const [name, value] of Object.entries({ ...row, ...around, ...told })) {
      if (name !== "outcomes" && name !== "report") console.log(`${pc.bold(name.padEnd(12))} ${shown(name, value)}`);
    }
    for (const outcome of record.outcomes) console.log(outcomeLine(outcome));
    if (record.report !== undefined) console.log(reportLine(record.report));
  });
}

function shown(name: string, value: Value): string {
  if (TIMES.has(name) && typeof value === "number") return new Date(value).toISOString();
  return typeof value === "string" ? value : encodeValue(value);
}

/** Epoch milliseconds, which people do not read. */
const TIMES = new Set(["recordedAt", "dueAt", "expiresAt"]);
