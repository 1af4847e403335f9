import type { Row } from "@backstitch/core/values";
import { storedBytes } from "../arguments/measure.ts";
import type { CompiledThen } from "../rule/compiled-rule.ts";
import { renderThen } from "../rule/render-then.ts";
import { ArgumentFault } from "../template/fault.ts";
import { failedEntry, faultOf, keyOf, keyTextOf, reasonOf, type Gathering, type Shown } from "./gathering.ts";
import { laneOf } from "./lane.ts";

/** What the arguments of all elements of one event may have together: four of the largest. */
const MOST_BYTES = 64 * 1_048_576;

/** Makes what one entry of a rule that matched asks for: a delivery, or one for each element, as far as its own `when` is true. */
export function fulfil(then: CompiledThen, shown: Shown, gathering: Gathering): void {
  const { when, elements } = then;
  if (elements === undefined && when === undefined) return deliver(then, shown, gathering);
  for (const part of partsOf(then, shown, gathering)) if (wants(then, part, gathering)) deliver(then, part, gathering);
}

/** The event itself, or each of its elements in order. */
export function partsOf(then: CompiledThen, shown: Shown, { failures }: Gathering): readonly Shown[] {
  const { elements } = then;
  if (elements === undefined) return [shown];
  try {
    const items = elements(shown.facts);
    const keyText = items.length === 0 ? undefined : (shown.keyText ??= keyTextOf(shown.event));
    const room = { bytes: MOST_BYTES };
    return items.map((item, index) => ({ ...shown, facts: { ...shown.facts, item, index }, keyText, room }));
  } catch (error) {
    failures.push({ ...failedEntry(then, shown), ...faultOf(error) });
    return [];
  }
}

/** Asks the entry's own `when`; what is not true is no delivery. */
export function wants(then: CompiledThen, part: Shown, gathering: Gathering): boolean {
  const { when } = then;
  const { facts } = part;
  if (when === undefined) return true;
  if (when.engines.length === 0) facts.missed.length = 0;
  try {
    const truth = when.decide(facts);
    if (truth === undefined) noteUndecided(then, part, gathering);
    return truth === true;
  } catch (error) {
    gathering.failures.push({ ...failedEntry(then, part), code: "CONDITION_FAILED", reason: reasonOf(error) });
    return false;
  }
}

/** An entry that is undecided for several elements is so once. */
function noteUndecided({ rule, name: then }: CompiledThen, { event, facts }: Shown, { undecided }: Gathering): void {
  const last = undecided.at(-1);
  const again = last?.eventId === event.id && last.rule === rule && last.then === then;
  if (again) undecided.pop();
  undecided.push({ eventId: event.id, rule, then, paths: [...new Set([...(again ? last.paths : []), ...facts.missed])] });
}

/** Renders the delivery; what cannot be rendered is a failure. */
export function deliver(then: CompiledThen, part: Shown, gathering: Gathering): void {
  const { rule, name, service, action, ifUncertain, retry, expiresMs, limits, turn } = then;
  const { event, facts } = part;
  try {
    const args = part.room === undefined ? renderThen(then, facts, () => keyOf(then, part)) : renderWithin(part.room, then, part);
    const key = keyOf(then, part);
    const lane = laneOf(then, part, key);
    const expiresAt = expiresMs === undefined ? undefined : Date.parse(event.committedAt) + expiresMs;
    const policy = { ifUncertain, retry, expiresAt, limits, turn: turn?.keyOf(facts) };
    gathering.deliveries.push({ key, eventId: event.id, rule, then: name, service, action, args, lane, ...policy });
  } catch (error) {
    gathering.failures.push({ ...failedEntry(then, part), ...faultOf(error) });
  }
}

/** Once there is no room any more, nothing is rendered in vain. */
function renderWithin(room: { bytes: number }, then: CompiledThen, part: Shown): Row {
  const args = room.bytes < 0 ? undefined : renderThen(then, part.facts, () => keyOf(then, part));
  if (args !== undefined) room.bytes -= storedBytes(args);
  if (args === undefined || room.bytes < 0) throw new ArgumentFault("ARGUMENTS_TOO_LARGE", TOO_LARGE);
  return args;
}

const TOO_LARGE = `The arguments of all elements together have more than ${MOST_BYTES} bytes.`;
