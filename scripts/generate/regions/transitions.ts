import { TRANSITIONS } from "../../../packages/core/src/journal/index.ts";
import { code, table } from "../markdown.ts";

/** The state machine of a delivery. */
export function transitionTable(): string {
  const states = (names: readonly string[], otherwise: string): string => (names.length === 0 ? otherwise : names.map(code).join(", "));
  return table(
    ["move", "from", "to", "when"],
    TRANSITIONS.map(({ move, from, to, when }) => [move, states(from, "–"), states(to, move === "purge" ? "–" : "the same"), when]),
  );
}
