import type { Condition } from "../condition/form.ts";
import type { Verdict } from "./verdict.ts";

/** How a group comes to its verdict: its parts are taken one after the other, and a state says what they have come to. */
export interface Group {
  /** The verdict that one part is enough for. */
  readonly decides: "true" | "false";
  /** Whether what an undecided stage leaves open may be rejected without rejecting the whole. */
  readonly lenient: boolean;
  /** Whether the part is the last of those that are asked together. */
  endsStage(part: number): boolean;
}

export type GroupCondition = Extract<Condition, { readonly kind: "and" | "or" | "staged" }>;

const ALONE = (): boolean => true;

export function groupOf(condition: GroupCondition): Group {
  if (condition.kind === "and") return { decides: "false", lenient: false, endsStage: ALONE };
  if (condition.kind === "or") return { decides: "true", lenient: false, endsStage: ALONE };
  const ends = new Set<number>();
  let count = 0;
  for (const stage of condition.stages) ends.add((count += stage.length) - 1);
  return { decides: condition.mode === "all" ? "false" : "true", lenient: true, endsStage: (part) => ends.has(part) };
}

/** Bits: of the stages that are over, and of the one that is being asked. */
export type State = number;

export const BEGINNING: State = 0;
const UNDECIDED = 1;
const DECIDED = 2;
const REJECTED = 4;
const STAGE = { undecided: 8, decided: 16, rejected: 32 };

export function step({ decides, lenient }: Group, state: State, verdict: Verdict, endsStage: boolean): State {
  if ((state & (DECIDED | REJECTED)) !== 0) return state;
  const seen = state | (verdict === decides ? STAGE.decided : verdict === "true" || verdict === "false" ? 0 : STAGE[verdict]);
  if (!endsStage) return seen;
  const open = state & UNDECIDED;
  if ((seen & STAGE.rejected) !== 0) return lenient && open !== 0 ? UNDECIDED : REJECTED;
  if ((seen & STAGE.decided) !== 0) return DECIDED;
  return (seen & STAGE.undecided) !== 0 ? UNDECIDED : open;
}

export function conclusion({ decides }: Group, state: State): Verdict {
  if ((state & REJECTED) !== 0) return "rejected";
  if ((state & DECIDED) !== 0) return decides;
  return (state & UNDECIDED) !== 0 ? "undecided" : decides === "true" ? "false" : "true";
}

export function concluded(group: Group, verdicts: readonly Verdict[]): Verdict {
  return conclusion(
    group,
    verdicts.reduce((state, verdict, part) => step(group, state, verdict, group.endsStage(part)), BEGINNING),
  );
}

/** Numbers of the parts that the verdict stands on. */
export function decidingParts(group: Group, verdicts: readonly Verdict[]): ReadonlySet<number> {
  const verdict = concluded(group, verdicts);
  const [from, to] =
    group.lenient && (verdict === group.decides || verdict === "rejected") ? lastStage(group, verdicts) : [0, verdicts.length];
  const deciding = verdicts.flatMap((one, part) => (part >= from && part < to && standsFor(group, verdict, one) ? [part] : []));
  return new Set(verdict === "rejected" && !group.lenient ? deciding.slice(0, 1) : deciding);
}

function standsFor({ lenient }: Group, whole: Verdict, part: Verdict): boolean {
  return part === whole || (lenient && whole === "undecided" && part === "rejected");
}

/** Beginning and end of the stage after which the verdict was clear. */
function lastStage(group: Group, verdicts: readonly Verdict[]): readonly [number, number] {
  let from = 0;
  let state = BEGINNING;
  for (const [part, verdict] of verdicts.entries()) {
    const ends = group.endsStage(part);
    state = step(group, state, verdict, ends);
    if ((state & (DECIDED | REJECTED)) !== 0) return [from, part + 1];
    if (ends) from = part + 1;
  }
  return [from, verdicts.length];
}
