import { isList, isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import type { Trial } from "./oracle.ts";

/** Takes parts away for as long as the trial stays interesting. */
export async function shrink(trial: Trial, isInteresting: (trial: Trial) => Promise<boolean>): Promise<Trial> {
  for (const smaller of smallerTrials(trial)) if (await isInteresting(smaller)) return shrink(smaller, isInteresting);
  return trial;
}

function* smallerTrials(trial: Trial): Generator<Trial> {
  for (const [index, when] of trial.whens.entries()) {
    for (const less of smallerConditions(when)) yield { ...trial, whens: trial.whens.with(index, less) };
  }
  for (const conditions of smaller(trial.conditions) as Generator<Row>) yield { ...trial, conditions };
  for (const [index, event] of trial.events.entries()) {
    for (const fewer of smaller(event as Row) as Generator<Partial<Trial["events"][number]>>) {
      yield { ...trial, events: trial.events.with(index, fewer) };
    }
  }
}

/** A condition in brackets is also tried without them. */
function* smallerConditions(when: Value): Generator<Value> {
  const parts = isRow(when) ? ["$and", "$or", "$nor"].map((name) => when[name]).filter(isList) : [];
  for (const part of parts.flat()) yield part;
  yield* smaller(when);
}

/** The value without one of its parts, or with one of them smaller. */
function* smaller(value: Value): Generator<Value> {
  if (isList(value)) {
    for (const index of value.keys()) yield value.toSpliced(index, 1);
    for (const [index, item] of value.entries()) for (const less of smaller(item)) yield value.with(index, less);
  } else if (isRow(value)) {
    const entries = Object.entries(value);
    for (const index of entries.keys()) yield rowFrom(entries.toSpliced(index, 1));
    for (const [index, [name, item]] of entries.entries()) {
      for (const less of smaller(item)) yield rowFrom(entries.with(index, [name, less]));
    }
  }
}
