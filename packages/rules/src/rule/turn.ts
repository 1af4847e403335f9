import { turnKey } from "@backstitch/core/rules";
import { canonicalText } from "@backstitch/core/values";
import type { Facts } from "../facts/facts.ts";
import { compileRead } from "../facts/read.ts";
import { EVENT_ROOTS, isPathFault, nameOfPath, resolveSegments, type Path, type Scope } from "../path/resolve-path.ts";

/** What the deliveries of a service take turns by. */
export interface Turn {
  readonly path: Path;
  /** Undefined: nothing is there, or the source did not send it. No delivery is refused for that. */
  keyOf(facts: Facts): string | undefined;
}

/** Whether something holds more: only then a path goes on. Of a whole row no two need be alike, so its path must. */
const GOES_ON: ReadonlyMap<string, "may" | "must"> = new Map([
  ["before", "must"],
  ["after", "must"],
  ["key", "may"],
  ["changed", "may"],
]);

/** What a path may begin with that goes to a value to take turns by: `values` are the same for all events. */
export const TURN_EVENT_ROOTS: readonly string[] = EVENT_ROOTS.filter((root) => root !== "values");

/** Whether a path into the event leads to what deliveries can take turns by. */
export function isTurnPath([root = "", ...inside]: readonly string[]): boolean {
  const goesOn = GOES_ON.get(root);
  return TURN_EVENT_ROOTS.includes(root) && (inside.length > 0 ? goesOn !== undefined : goesOn !== "must");
}

/** By service, of those that take turns by something of the event. */
export function turnsOf(paths: ReadonlyMap<string, readonly string[]> | undefined, scope: Scope): ReadonlyMap<string, Turn> {
  const turns = new Map<string, Turn>();
  for (const [service, segments] of paths ?? []) {
    const path = resolveSegments(segments, scope);
    if (!isPathFault(path)) turns.set(service, turnBy(path));
  }
  return turns;
}

function turnBy(path: Path): Turn {
  const read = compileRead(path);
  const name = nameOfPath(path);
  return {
    path,
    keyOf(facts) {
      const value = read(facts, undefined) ?? null;
      return value === null ? undefined : turnKey(name, canonicalText(value));
    },
  };
}
