import type { DeliveryFilter, DeliveryRecord, DeliveryState, Journal } from "@backstitch/core/journal";
import type { Project } from "@backstitch/project";
import { parseDuration } from "@backstitch/rules";
import { isList, isRow, type Value } from "@backstitch/core/values";
import { argsSchemaOf, recipientsIn } from "../mask.ts";
import { Quit } from "../quit.ts";

/** Which deliveries are meant, as the command line says it. */
export interface Selection {
  readonly state?: readonly DeliveryState[];
  readonly rule?: string;
  readonly service?: string;
  /** The code of its last outcome. */
  readonly code?: string;
  /** Recorded longer ago: a duration, such as `2h`. */
  readonly older?: string;
  /** Recorded since so long. */
  readonly newer?: string;
  /** To whom it goes: the whole number or address. */
  readonly recipient?: string;
}

/** How many are read from the journal at a time. */
const PAGE = 500;

/** @throws Quit where a duration is none */
export function filterOf({ state, rule, service, code, older, newer }: Selection, now: number): DeliveryFilter {
  return {
    ...(state === undefined ? {} : { states: state }),
    ...(rule === undefined ? {} : { rule }),
    ...(service === undefined ? {} : { service }),
    ...(code === undefined ? {} : { code }),
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

/** Everything that is meant, the oldest first, however much it is. */
export async function* selected(journal: Journal, project: Project, selection: Selection): AsyncGenerator<DeliveryRecord> {
  const filter = filterOf(selection, Date.now());
  let afterSeq = 0;
  for (;;) {
    const page = await journal.deliveries({ ...filter, afterSeq, limit: PAGE });
    for (const record of page) if (goesTo(record, selection.recipient, project)) yield record;
    const last = page.at(-1);
    if (last === undefined) return;
    afterSeq = last.seq;
  }
}

/** Without a schema that says what is a recipient, since the service is gone from the project, any text may be one. */
function goesTo(record: DeliveryRecord, recipient: string | undefined, { services }: Project): boolean {
  const { args } = record;
  if (recipient === undefined) return true;
  if (args === undefined) return false;
  const schema = argsSchemaOf(services, record);
  const wanted = recipient.trim().toLowerCase();
  const texts = schema === undefined ? textsIn(args) : recipientsIn(args, schema);
  return texts.some((text) => [text.trim().toLowerCase(), addressIn(text)].includes(wanted));
}

/** Of `Ada <ada@example.com>`. */
function addressIn(text: string): string | undefined {
  return /<([^<>]+)>\s*$/.exec(text)?.[1]?.toLowerCase();
}

function textsIn(value: Value): readonly string[] {
  if (typeof value === "string") return [value];
  if (isList(value)) return value.flatMap(textsIn);
  return isRow(value) ? Object.values(value).flatMap(textsIn) : [];
}
