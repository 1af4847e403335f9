/**
 * A fact of a developer's own: returns its value, or a promise of it. `params` are those of the condition that asks;
 * `read` gives other facts, such as `after`.
 */
export type CustomFact = (params: Readonly<Record<string, unknown>>, read: (fact: string) => Promise<unknown>) => unknown;

/** An operator of a developer's own. */
export type CustomOperator = (fact: unknown, value: unknown) => boolean;

/** Facts and operators that a developer adds to the conditions of json-rules-engine. A condition that names one is decided by that library itself. */
export interface EngineExtensions {
  readonly facts: ReadonlyMap<string, CustomFact>;
  readonly operators: ReadonlyMap<string, CustomOperator>;
  /** How long one rule may take to be decided for one event; then its run is rejected as `CONDITION_FAILED`. Milliseconds. @default 1_000 */
  readonly limitMs?: number;
}

export const NO_EXTENSIONS: EngineExtensions = { facts: new Map(), operators: new Map() };
