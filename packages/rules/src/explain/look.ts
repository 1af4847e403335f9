import { isRow, type Value } from "@backstitch/core/values";
import { compileOperand } from "../condition/compile-operand.ts";
import { isElement } from "../condition/compile-test.ts";
import { compileCondition } from "../condition/compile.ts";
import type { Condition } from "../condition/form.ts";
import type { Literal } from "../condition/instant.ts";
import { OPERATORS } from "../condition/operators/index.ts";
import { rootOf } from "../facts/read.ts";
import { pathText } from "../path/parse-path.ts";
import type { Subject } from "./examine.ts";
import type { ExplainedCondition, Looked } from "./explanation.ts";
import { elementsOf, reach, type Reached } from "./reach.ts";
import { verdictOf, type Verdict } from "./verdict.ts";

/** Elements that are shown of one test, and of all tests of one explanation. */
const MOST_SHOWN = 10;
export const MOST_SHOWN_IN_ALL = 200;

/** Room for elements, shared by all tests of an explanation. */
export interface Room {
  left: number;
}

/** Where the values that a test looks at lie. */
export interface Place {
  readonly subject: Subject;
  /** Where the element lies of whose condition the test is a part. */
  readonly base: readonly string[];
  readonly room: Room;
}

type Shown = Pick<{ readonly looked: readonly Looked[]; readonly more: number }, "looked" | "more">;

/** The elements of arrays that a test looks at; none where its path goes through no array. */
export function lookOfTest({ path, operator: name, operand }: Condition & { readonly kind: "test" }, place: Place): Shown {
  const operator = OPERATORS.get(name);
  if (operator === undefined) throw new RangeError(name);
  const { facts, element } = place.subject;
  const root = rootAt(path.root, place);
  const reached = [
    ...reach({ at: root, value: rootOf(path)(facts, element) }, path.segments, operator.reads === "each" && !isElement(path)),
  ];
  const elements = reached.filter(
    ({ at }) => at.length !== root.length + path.segments.length || !path.segments.every((part, index) => part === at[root.length + index]),
  );
  const right = compileOperand(operand).read(facts);
  const isWritten = operand.kind === "literal" || operand.kind === "dated";
  const prepared = isWritten && operator.everyItem !== true ? operator.prepare?.(operand.value) : undefined;
  const items = operator.everyItem === true && Array.isArray(right) ? (right as readonly Literal[]) : [right];
  const matches = prepared ?? ((value: Value | undefined): boolean => items.some((item) => operator.matches(value, item)));
  return shown(elements, place.room, ({ value }) => verdictOf(matches(value)));
}

/** The elements that `$elemMatch` looks at, each with its condition. */
export function lookOfElement(
  { path, condition, rowsOnly }: Condition & { readonly kind: "element" },
  place: Place,
  explain: (element: Reached) => ExplainedCondition,
): Shown {
  const { facts, element } = place.subject;
  const compiled = compileCondition(condition);
  const reached = [...reach({ at: rootAt(path.root, place), value: rootOf(path)(facts, element) }, path.segments, false)];
  const verdict = ({ value }: Reached): Verdict => verdictOf(rowsOnly === true && !isRow(value) ? false : compiled.decide(facts, value));
  return shown(reached.flatMap(elementsOf), place.room, verdict, explain);
}

function rootAt(root: string, { base }: Place): readonly string[] {
  return root === "element" ? base : [root];
}

// oxlint-disable-next-line max-params -- what is shown of which elements
function shown(
  elements: readonly Reached[],
  room: Room,
  verdictOfOne: (element: Reached) => Verdict,
  explain?: (element: Reached) => ExplainedCondition,
): Shown {
  const verdicts = elements.map((element) => orRejected(verdictOfOne, element));
  const chosen = choose(verdicts, Math.min(MOST_SHOWN, room.left));
  room.left -= chosen.length;
  const looked = chosen.flatMap((index): Looked[] => {
    const element = elements[index];
    const verdict = verdicts[index];
    if (element === undefined || verdict === undefined) return [];
    return [{ path: pathText(element.at), value: element.value, verdict, condition: explain?.(element) }];
  });
  return { looked, more: elements.length - looked.length };
}

/** The test may have been decided before it came to an element that it cannot decide. */
function orRejected(verdictOfOne: (element: Reached) => Verdict, element: Reached): Verdict {
  try {
    return verdictOfOne(element);
  } catch {
    return "rejected";
  }
}

/** The first ones, and among them one that met the test if there is one. */
function choose(verdicts: readonly Verdict[], most: number): readonly number[] {
  const first = verdicts.slice(0, most).map((_, index) => index);
  const met = verdicts.indexOf("true");
  return met < most || most === 0 ? first : [...first.slice(0, -1), met];
}
