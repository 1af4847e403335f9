import type { JsonSchema, Report, ReportedStanding } from "@backstitch/core/connector";
import type { DeliveryRecord } from "@backstitch/core/journal";
import { argsForPeople } from "@backstitch/core/rules";
import type { Row, Value } from "@backstitch/core/values";
import type { Project } from "@backstitch/project";
import { colours as pc } from "../colours.ts";
import { argsSchemaOf, maskRecipients } from "../mask.ts";
import { count } from "../words.ts";

/** For JSON. */
export function asRow(record: DeliveryRecord, services: Project["services"], reveal: boolean): Row {
  const { args: stored, seq: _seq, ...rest } = record;
  const { args, links } = stored === undefined ? {} : argsForPeople(stored);
  const shown = (value: Row | undefined, schema: JsonSchema | undefined): Value | undefined =>
    value === undefined || reveal ? value : maskRecipients(value, schema);
  const entries = Object.entries({ ...rest, args: shown(args, argsSchemaOf(services, record)), links: shown(links, {}) }).filter(
    ([, value]) => value !== undefined,
  );
  return Object.fromEntries(entries) as unknown as Row;
}

/** One line for people. */
export function lineOf({ id, state, rule, then, attempts, recordedAt, blocked, report, outcomes }: DeliveryRecord): string {
  const last = outcomes.at(-1)?.outcome;
  const why = last === undefined || last.kind === "accepted" ? "" : `  ${last.code}`;
  const told = report === undefined ? "" : `  ${standingOf(report)}`;
  const colour = state === "accepted" ? pc.green : state === "rejected" || state === "held" ? pc.red : pc.yellow;
  return `${id}  ${new Date(recordedAt).toISOString()}  ${colour(state.padEnd(9))}  ${rule} → ${then ?? "when"}  ${count(attempts, "attempt")}${blocked ? "  blocked" : ""}${why}${told}`;
}

/** One line for each outcome, and for what people decided. */
export function outcomeLine({ attempt, at, outcome }: DeliveryRecord["outcomes"][number]): string {
  const time = new Date(at).toISOString();
  if (outcome.kind === "decided")
    return `${pc.bold("by hand".padEnd(12))} ${time} ${outcome.code} ${JSON.stringify(outcome.by)}: ${outcome.reason}`;
  const said = outcome.kind === "accepted" ? (outcome.receipt.id ?? "") : `${outcome.code} ${outcome.reason}`;
  return `${pc.bold(`attempt ${attempt}`.padEnd(12))} ${time} ${outcome.kind} ${said}`;
}

/** One line for what the far side told of its own accord. */
export function reportLine(report: Report): string {
  const { at, code, reason } = report;
  const why = [code, reason].filter((part) => part !== undefined).join(" ");
  return `${pc.bold("reported".padEnd(12))} ${new Date(at).toISOString()} ${standingOf(report)} ${why}`.trimEnd();
}

function standingOf({ standing }: Report): string {
  const colour = WELL.has(standing)
    ? pc.green
    : standing === "queued" || standing === "sent" || standing === "delayed"
      ? pc.yellow
      : pc.red;
  return colour(standing);
}

const WELL: ReadonlySet<ReportedStanding> = new Set(["delivered", "read"]);
