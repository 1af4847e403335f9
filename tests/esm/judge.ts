import { deliveryId } from "@backstitch/core/rules";
import type { DeadLetter } from "@backstitch/lambda";
import type { Ask, PlannedRecord } from "./plan.ts";
import { indexOf } from "./records.ts";
import { keyOf, specOf } from "./rules.ts";
import type { World } from "./world.ts";

/** What a run came to. */
export interface Verdict {
  /** Sentences about what should not be. */
  readonly broken: readonly string[];
  readonly deliveries: number;
  readonly repeats: number;
  readonly letters: number;
  readonly keptWhole: number;
}

interface Delivery {
  readonly id: string;
  readonly record: PlannedRecord;
  readonly then: string;
  readonly ask: Ask;
}

/** Every effect happened or is a dead letter, those of a row in order, and a repeat only where the docs say so. */
export function judge(world: World): Verdict {
  const { plan, far, told } = world;
  const deliveries = plan.records.flatMap((record) =>
    record.asks.map((ask, index): Delivery => ({ id: deliveryId(keyOf(record, index)), record, then: `t${index}`, ask })),
  );
  const times = Map.groupBy(far.effects, (effect) => effect.deliveryId);
  const broken = [...lost(deliveries, world), ...unkept(world), ...outOfOrder(deliveries, world)];
  for (const delivery of deliveries) {
    const done = times.get(delivery.id)?.length ?? 0;
    if (done > 1 && !mayRepeat(delivery, world)) broken.push(`${nameOf(delivery)} was done ${done} times.`);
  }
  if (told.timeouts > 0) broken.push(`${told.timeouts} invocations did not answer in time.`);
  const repeats = far.effects.length - times.size;
  return { broken, deliveries: deliveries.length, repeats, letters: told.letters.length, keptWhole: told.keptWhole.size };
}

function lost(deliveries: readonly Delivery[], { far, told }: World): readonly string[] {
  const accounted = new Set([...far.effects.map((effect) => effect.deliveryId), ...told.letters.map((letter) => letter.deliveryId)]);
  return deliveries
    .filter(({ id, record }) => !accounted.has(id) && !told.keptWhole.has(record.index))
    .map((delivery) => `${nameOf(delivery)} is lost.`);
}

/** What could not be read or matched is kept with what there was of it. */
function unkept({ plan, told }: World): readonly string[] {
  const codes = new Map(told.letters.map((letter) => [recordOf(letter), letter.code]));
  return plan.records
    .filter(({ index, kind }) => kind !== "asks" && !told.keptWhole.has(index))
    .filter(({ index, kind }) => codes.get(index) !== (kind === "unreadable" ? "RECORD_UNREADABLE" : "TEMPLATE_FAILED"))
    .map(({ index, kind }) => `Record ${index} is ${kind}, and no dead letter says so.`);
}

function recordOf({ event, record }: DeadLetter): number {
  return event === undefined ? indexOf(record) : specOf(event.after).index;
}

/** By the first time that each was done: of a row's changes, and of a FIFO group's messages. A queue without groups, and EventBridge, promise no order. */
function outOfOrder(deliveries: readonly Delivery[], { plan, far, told }: World): readonly string[] {
  if (plan.carrier === "sqs" || plan.carrier === "eventbridge") return [];
  const first = new Map<string, number>();
  for (const [index, { deliveryId: id }] of far.effects.entries()) if (!first.has(id)) first.set(id, index);
  const letGo = new Set(told.letters.map((letter) => letter.deliveryId));
  const broken: string[] = [];
  const lanes = Map.groupBy(deliveries, ({ record, then }) => `${plan.carrier === "fifo" ? record.group : record.key}/${then}`);
  for (const lane of lanes.values()) {
    let latest = -1;
    for (const delivery of lane) {
      const at = first.get(delivery.id);
      if (at === undefined) continue;
      // What has a dead letter let its lane go on: done after all, it is done out of order.
      if (letGo.has(delivery.id)) continue;
      if (at < latest) broken.push(`${nameOf(delivery)} was done before an earlier one.`);
      latest = Math.max(latest, at);
    }
  }
  return broken;
}

/** Harmless; or the rule lets an uncertain attempt be made again; or the record came again, and only a table would have known that it was done. */
function mayRepeat({ id, ask, record }: Delivery, { plan, far, told }: World): boolean {
  if (ask.action === "put") return true;
  if (ask.action === "post") return false;
  if (!plan.remembers && told.blindly.has(record.index)) return true;
  return far.doubts.has(id) && !ask.hold && ask.action === "send";
}

function nameOf({ record, then, ask }: Delivery): string {
  return `Record ${record.index} ${then} (${ask.action}${ask.hold ? ", hold" : ""})`;
}
