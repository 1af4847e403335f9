import type { ConnectorError } from "../../../packages/core/src/connector/index.ts";
import { COMMON, readingOf, type AwsVendor, type Reading } from "../../../packages/connectors/src/aws/failures.ts";
import { entryFailures, eventbridgeFailures } from "../../../packages/connectors/src/eventbridge/failures.ts";
import { failures, type FailureRow } from "../../../packages/connectors/src/http/failure.ts";
import { s3Failures } from "../../../packages/connectors/src/s3/failures.ts";
import { saidReadings, sesFailures } from "../../../packages/connectors/src/ses/failures.ts";
import { codes } from "../../../packages/connectors/src/twilio/codes.ts";
import { failureOf } from "../../../packages/connectors/src/twilio/failure.ts";
import { code, table } from "../markdown.ts";

type Row = readonly [answer: string, outcome: string, means: string];

const HEAD = ["answer", "outcome", "means"];

/** What a connector makes of the far side's refusals, from its own tables; by connector type. */
export const failureTables: Readonly<Record<string, () => string>> = {
  twilio: () => failureTable([...Object.entries(codes).map(twilioRow), ...[400, 401, 429, 500].map(twilioStatus)]),
  ses: () =>
    awsTable(
      sesFailures,
      saidReadings.map(({ code: name, says, reading: [outcome, means] }): Row => [`${code(name)}: ${says}`, code(outcome), means]),
    ),
  s3: () => awsTable(s3Failures),
  eventbridge: () => {
    const entries = Object.entries(entryFailures.codes).map((entry) => awsRow(entryFailures, entry));
    return `${awsTable(eventbridgeFailures)}\n\nOf the event itself, in an answer with status 200:\n\n${failureTable(entries)}`;
  },
  http: () => failureTable(failures.map(httpRow)),
};

/** What all of AWS's services say alike. */
export function commonAwsTable(): string {
  return failureTable(Object.entries(COMMON).map(([name, [outcome, says]]): Row => [code(name), code(outcome), says]));
}

function failureTable(rows: readonly Row[]): string {
  return table(HEAD, rows);
}

function twilioRow([number, { outcome, sentence }]: [string, (typeof codes)[number]]): Row {
  return [`[${number}](https://www.twilio.com/docs/errors/${number})`, code(outcome), sentence];
}

function twilioStatus(status: number): Row {
  const error = failureOf(undefined, { answer: { status, retryAfter: undefined, code: undefined }, now: 0 });
  const others: Readonly<Record<number, string>> = { 400: "any other 4xx", 500: "any 5xx" };
  return [others[status] ?? `status ${status}, no code above`, code(error.outcome), reasonOf(error).replace(/answered \d+ and /, "")];
}

function awsTable(vendor: AwsVendor, said: readonly Row[] = []): string {
  return failureTable([
    ...said,
    ...Object.entries(vendor.codes).map((entry) => awsRow(vendor, entry)),
    ...AWS_STATUS.map((row) => awsStatus(vendor, row)),
  ]);
}

function awsRow(_: AwsVendor, [name, [outcome, says]]: [string, Reading]): Row {
  return [code(name), code(outcome), says];
}

const AWS_STATUS = [
  [301, "any 3xx, no code above"],
  [400, "any other 4xx"],
  [401, "status 401"],
  [408, "status 408 or 425"],
  [429, "status 429"],
  [500, "any 5xx, no code above"],
] as const;

function awsStatus(vendor: AwsVendor, [status, answer]: (typeof AWS_STATUS)[number]): Row {
  const [outcome, says] = readingOf(vendor, { code: undefined, status, message: "" });
  return [answer, code(outcome), says];
}

function httpRow({ status: [from, to], when, outcome, says }: FailureRow, index: number): Row {
  const isRest = failures.some(({ status }, other) => other < index && from !== to && status[0] > from && status[0] <= to);
  const statuses = from === to ? String(from) : `any ${isRest ? "other " : ""}${Math.floor(from / 100)}xx`;
  return [when === undefined ? statuses : `${statuses}, ${when.replace("a url", code("url"))}`, code(outcome), says];
}

function reasonOf({ message }: ConnectorError): string {
  return message.replace(/\.$/, "");
}
