import type { ConnectorError } from "../../../packages/core/src/connector/index.ts";
import { COMMON, STATUSES, type Reading } from "../../../packages/connectors/src/aws/failures.ts";
import { entryFailures, eventbridgeFailures, unknownEntry } from "../../../packages/connectors/src/eventbridge/failures.ts";
import { failures, type FailureRow } from "../../../packages/connectors/src/http/failure.ts";
import { s3Failures } from "../../../packages/connectors/src/s3/failures.ts";
import { saidReadings, sesFailures } from "../../../packages/connectors/src/ses/failures.ts";
import { codes, statuses, type CodeMeaning } from "../../../packages/connectors/src/twilio/codes.ts";
import { code, table } from "../markdown.ts";

type Row = readonly [answer: string, outcome: string, means: string];
type Statuses = readonly [from: number, to: number];

/** What a connector makes of the far side's refusals, from its own tables; by connector type. */
export const failureTables: Readonly<Record<string, () => string>> = {
  twilio: () =>
    failureTable([...Object.entries(codes).map(twilioRow), ...statusRows(statuses.map((one) => ({ ...one, says: `Twilio ${one.says}` })))]),
  ses: () => awsTable(sesFailures.codes, saidReadings.map(saidRow)),
  s3: () => awsTable(s3Failures.codes),
  eventbridge: () => {
    const entries = [...codeRows({ ...COMMON, ...entryFailures.codes }), row("any other code", unknownEntry)];
    return `${awsTable(eventbridgeFailures.codes)}\n\nOf one event, in an answer with status 200:\n\n${failureTable(entries)}`;
  },
  http: () => failureTable(statusRows(failures)),
};

function failureTable(rows: readonly Row[]): string {
  return table(["answer", "outcome", "means"], rows);
}

function twilioRow([number, { outcome, sentence, retryAfterMs, argument }]: [string, CodeMeaning]): Row {
  const means =
    argument === undefined ? sentence : `${sentence}; where the delivery itself has ${code(argument)}, it is ${code("rejected")}`;
  return row(`[${number}](https://www.twilio.com/docs/errors/${number})`, [outcome, means, retryAfterMs]);
}

/** Beside a vendor's own codes stand those that all of AWS's services have: a page is whole by itself. */
function awsTable(own: Readonly<Record<string, Reading>>, said: readonly Row[] = []): string {
  const byStatus = STATUSES.map(({ status, reading: [outcome, says] }) => ({ status, outcome, says }));
  return failureTable([...said, ...codeRows({ ...COMMON, ...own }), ...statusRows(byStatus)]);
}

function saidRow({ code: name, says, reading }: (typeof saidReadings)[number]): Row {
  return row(`${code(name)}: ${says}`, reading);
}

/** Codes that mean the same share a row. */
function codeRows(readings: Readonly<Record<string, Reading>>): readonly Row[] {
  const alike = Map.groupBy(Object.entries(readings), ([, reading]) => JSON.stringify(reading));
  return [...alike.values()]
    .map((entries) => {
      const [first] = entries;
      const names = entries.map(([name]) => code(name)).toSorted();
      return row(names.join(", "), first?.[1] ?? unknownEntry);
    })
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
}

interface StatusRow {
  readonly status: Statuses;
  readonly when?: FailureRow["when"];
  readonly outcome: ConnectorError["outcome"];
  readonly says: string;
}

function statusRows(rows: readonly StatusRow[]): readonly Row[] {
  return rows.map(({ status, when, outcome, says }, index) => {
    const isRest = rows.slice(0, index).some((other) => other.when === undefined && within(other.status, status));
    const answer = `${statusWords(status, isRest)}${when === undefined ? "" : `, ${when.replace("a url", code("url"))}`}`;
    return row(answer, [outcome, says]);
  });
}

function within([from, to]: Statuses, [first, last]: Statuses): boolean {
  return from >= first && to <= last;
}

function statusWords([from, to]: Statuses, isRest: boolean): string {
  if (from === to) return `status ${from}`;
  const name = `any ${isRest ? "other " : ""}${Math.floor(from / 100)}xx`;
  return from < 300 ? `${name} that cannot be read` : name;
}

function row(answer: string, [outcome, means, restMs]: readonly [outcome: string, means: string, restMs?: number | undefined]): Row {
  return [answer, restMs === undefined ? code(outcome) : `${code(outcome)}, for ${duration(restMs)} where it does not say how long`, means];
}

function duration(ms: number): string {
  if (ms >= 3_600_000) return `${ms / 3_600_000} h`;
  return ms >= 60_000 ? `${ms / 60_000} min` : `${ms / 1_000} s`;
}
