import { addressOf, type ReportedStanding } from "@backstitch/core/connector";
import type { DeliveryFilter, DeliveryRecord, DeliveryState, Journal } from "@backstitch/core/journal";
import type { Project } from "@backstitch/project";
import { parseDuration } from "@backstitch/rules";
import { isList, isRow, type Value } from "@backstitch/core/values";
import { argsSchemaOf, recipientsIn } from "../mask.ts";
import { Quit } from "../quit.ts";
import { checkNames } from "./names.ts";

/** Which deliveries are meant, as the command line says it. */
export interface Selection {
  readonly state?: readonly DeliveryState[];
  readonly rule?: string;
  readonly service?: string;
  /** The code of its last outcome. */
  readonly code?: string;
  /** What the vendor told last of it. */
  readonly reported?: readonly ReportedStanding[];
  /** Recorded longer ago: a duration, such as `2h`. */
  readonly older?: string;
  /** Recorded since so long. */
  readonly newer?: string;
  /** To whom it goes: the whole number or address. */
  readonly recipient?: string;
}

/** How many are read from the journal at a time. */
const PAGE = 500;

/** Ages count by the journal's clock, as the times that it stores do. @throws Quit where a duration is none, or nothing is called so */
export async function filterOf(
  { state, rule, service, code, reported, older, newer }: Selection,
  journal: Journal,
  project: Project,
): Promise<DeliveryFilter> {
  await checkNames({ rule, service }, journal, project);
  const now = await journal.now();
  return {
    ...(state === undefined ? {} : { states: state }),
    ...(rule === undefined ? {} : { rule }),
    ...(service === undefined ? {} : { service }),
    ...(code === undefined ? {} : { code }),
    ...(reported === undefined ? {} : { reported }),
    ...(older === undefined ? {} : { recordedBefore: now - durationOf("--older", older) }),
    ...(newer === undefined ? {} : { recordedFrom: now - durationOf("--newer", newer) }),
  };
}

function durationOf(option: string, text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new Quit(`${option} is ${JSON.stringify(text)}; it must be a number with "ms", "s", "m", "h" or "d", such as 2h.`);
  return ms;
}

/** What is meant, as it is read. */
export interface Found {
  /** Everything, the oldest first, however much it is. To be read once. */
  readonly records: AsyncIterable<DeliveryRecord>;
  /** How many so far nobody can tell to whom they went: a recipient is asked for, and they have no arguments. */
  readonly unknown: number;
}

export function select(journal: Journal, project: Project, { recipient, ...others }: Selection): Found {
  let unknown = 0;
  const wanted = recipient === undefined ? undefined : addressOf(recipient);
  return {
    records: read(),
    get unknown() {
      return unknown;
    },
  };

  async function* read(): AsyncGenerator<DeliveryRecord> {
    for await (const record of everything(journal, await filterOf(others, journal, project))) {
      if (wanted !== undefined && record.args === undefined) unknown += 1;
      else if (wanted === undefined || addressesIn(record, project).includes(wanted)) yield record;
    }
  }
}

async function* everything(journal: Journal, filter: DeliveryFilter): AsyncGenerator<DeliveryRecord> {
  let afterSeq = 0;
  for (;;) {
    const page = await journal.deliveries({ ...filter, afterSeq, limit: PAGE });
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    afterSeq = last.seq;
  }
}

/** A sentence; undefined where everything could be looked at. */
export function unknownLine({ unknown }: Found): string | undefined {
  if (unknown === 0) return undefined;
  const [are, they] = unknown === 1 ? ["1 more delivery has", "it"] : [`${unknown} more deliveries have`, "they"];
  return `${are} no arguments to look at, since none could be made or they are forgotten: whether ${they} went to this recipient cannot be told.`;
}

/** Without a schema that says what is a recipient, since the service is gone from the project, any text may be one. */
function addressesIn(record: DeliveryRecord, { services }: Project): readonly string[] {
  const { args = null } = record;
  const schema = argsSchemaOf(services, record);
  return (schema === undefined ? textsIn(args) : recipientsIn(args, schema)).map(addressOf);
}

function textsIn(value: Value): readonly string[] {
  if (typeof value === "string") return [value];
  if (isList(value)) return value.flatMap(textsIn);
  return isRow(value) ? Object.values(value).flatMap(textsIn) : [];
}
