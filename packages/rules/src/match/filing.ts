import type { ChangeEvent } from "@backstitch/core/source";
import type { CompiledRule } from "../rule/compiled-rule.ts";

/** The rules that an event must be shown to. */
export interface Drawer {
  readonly rules: readonly CompiledRule[];
  /** Whether one of them waits for json-rules-engine. */
  readonly waits: boolean;
}

/** Finds the candidates for an event. */
export type Filing = (event: ChangeEvent) => Drawer | undefined;

/**
 * Files rules by source, collection, origin and operation. Within a drawer every rule is tried: an index over what their
 * conditions test (each rule under its cheapest necessary test) belongs here, between the drawer and its rules.
 */
export function fileRules(rules: readonly CompiledRule[]): Filing {
  const drawers = new Map<string, Map<string, Map<string, CompiledRule[]>>>();
  for (const rule of rules) {
    const { enabled, source, collections, operations, origins } = rule.summary;
    if (!enabled) continue;
    const ofSource = getOrMake(drawers, source, () => new Map<string, Map<string, CompiledRule[]>>());
    for (const collection of collections) {
      const ofCollection = getOrMake(ofSource, collection, () => new Map<string, CompiledRule[]>());
      for (const slot of new Set(origins.flatMap((origin) => operations.map((operation) => slotOf(origin, operation))))) {
        getOrMake(ofCollection, slot, () => []).push(rule);
      }
    }
  }
  const closed = new Map(
    [...drawers].map(([source, ofSource]) => [source, new Map([...ofSource].map(([name, slots]) => [name, close(slots)]))]),
  );
  return ({ source, collection, origin, operation }) => closed.get(source)?.get(collection)?.get(slotOf(origin, operation));
}

function close(slots: ReadonlyMap<string, readonly CompiledRule[]>): ReadonlyMap<string, Drawer> {
  return new Map([...slots].map(([slot, rules]) => [slot, { rules, waits: rules.some(({ condition }) => condition.engines.length > 0) }]));
}

function slotOf(origin: string, operation: string): string {
  return origin === "log" ? operation : `${origin} ${operation}`;
}

function getOrMake<Item>(map: Map<string, Item>, key: string, make: () => Item): Item {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
