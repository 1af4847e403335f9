import { argsForPeople, type FailedMatch, type Matched, type NewDelivery } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import type { Row, Value } from "@backstitch/core/values";
import type { LocatedPath } from "../json/index.ts";
import { durationText } from "../rule/duration.ts";
import { apart, type Apart, type Difference } from "./differences.ts";
import { pair } from "./pairing.ts";
import type { ExpectedDelivery, ExpectedFailure, RuleTest } from "./test-file.ts";

/** Where what happened differs from what a test says; nothing: the test passed. */
export function differencesOf({ expected, placeOf }: RuleTest, events: readonly ChangeEvent[], matched: Matched): readonly Difference[] {
  const { by, deliveries, failures, undecided } = expected;
  const exact = by === "deliveries";
  const all = [
    ...listsApart(
      { key: by, exact, compare: deliveryApart(exact) },
      deliveries,
      matched.deliveries.map((one) => deliveryRow(one, events)),
    ),
    ...listsApart({ key: "failures", exact: true, compare: failureApart }, failures, matched.failures.map(failureRow)),
    ...undecidedApart(undecided, [...new Set(matched.undecided.flatMap(({ paths }) => paths))]),
  ];
  return all.map((difference) => ({ ...difference, place: placeOf(difference.path) }));
}

function deliveryRow({ eventId, then, service, action, args, expiresAt }: NewDelivery, events: readonly ChangeEvent[]): Row {
  const event = events.find(({ id }) => id === eventId);
  const expires =
    expiresAt === undefined || event === undefined ? {} : { expires: durationText(expiresAt - Date.parse(event.committedAt)) };
  return { then, service, action, eventId, ...expires, ...argsForPeople(args) };
}

function failureRow({ eventId, then, code, reason }: FailedMatch): Row {
  return { code, ...(then === undefined ? {} : { then }), eventId, reason };
}

type Compare<Wanted> = (wanted: Wanted, actual: Row, path: LocatedPath) => readonly Apart[];

/** Only what is given is compared; the arguments are, in an exact list, these and no more. */
function deliveryApart(exact: boolean): Compare<ExpectedDelivery> {
  return ({ args, ...given }, actual, path) => [
    ...apart(given, actual, path, false),
    ...(args === undefined ? [] : apart(args, actual["args"], [...path, "args"], exact)),
  ];
}

const failureApart: Compare<ExpectedFailure> = (wanted, actual, path) => apart(wanted as unknown as Row, actual, path, false);

interface Comparing<Wanted> {
  readonly key: string;
  /** What nobody wants must not be there. */
  readonly exact: boolean;
  readonly compare: Compare<Wanted>;
}

/** In any order. What fits nothing is compared with the likest that is left over, so that the difference says what is wrong with it. */
function listsApart<Wanted extends object>(
  { key, exact, compare }: Comparing<Wanted>,
  wanted: readonly Wanted[],
  actual: readonly Row[],
): readonly Apart[] {
  const matrix = wanted.map((one, index) => actual.map((other) => compare(one, other, [key, index])));
  const partners = pair(wanted.length, actual.length, (one, other) => matrix[one]?.[other]?.length === 0);
  const left = new Set(actual.keys());
  for (const partner of partners) if (partner !== undefined) left.delete(partner);
  const found: Apart[] = [];
  for (const [index, one] of wanted.entries()) {
    if (partners[index] !== undefined) continue;
    const likest = likestOf(one as Row, actual, left);
    if (likest !== undefined) left.delete(likest);
    found.push(...(likest === undefined ? [lacking(one as Row, [key, index])] : (matrix[index]?.[likest] ?? [])));
  }
  const unwanted = exact ? [...left].map((index) => ({ path: [key], expected: undefined, actual: actual[index] })) : [];
  return [...found, ...unwanted];
}

function lacking(expected: Value, path: LocatedPath): Apart {
  return { path, expected, actual: undefined };
}

/** Of the same entry and event, where those are given. */
function likestOf(wanted: Row, actual: readonly Row[], left: ReadonlySet<number>): number | undefined {
  const keys = ["then", "eventId"].filter((key) => wanted[key] !== undefined);
  return [...left].find((index) => keys.every((key) => actual[index]?.[key] === wanted[key]));
}

/** The order in which paths were missed says nothing. */
function undecidedApart(wanted: readonly string[], actual: readonly string[]): readonly Apart[] {
  const [expected, was] = [wanted.toSorted(), actual.toSorted()];
  return apart(expected, was, ["undecided"], true).length === 0 ? [] : [{ path: ["undecided"], expected, actual: was }];
}
