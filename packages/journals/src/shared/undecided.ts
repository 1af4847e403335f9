import type { Undecided } from "@backstitch/core/rules";

/** Of one event: whether the same rule, or the same entry of it, was undecided. */
export function isSame(one: Undecided, other: Undecided): boolean {
  return one.rule === other.rule && one.then === other.then;
}
