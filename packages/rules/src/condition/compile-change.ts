import type { Value } from "@backstitch/core/values";
import { isUnsent, type Facts } from "../facts/facts.ts";
import { compileRead } from "../facts/read.ts";
import { nameOfPath, type Path } from "../path/resolve-path.ts";
import { compileOperand } from "./compile-operand.ts";
import type { Decide } from "./compiled-condition.ts";
import type { Operand } from "./form.ts";
import { equal } from "./operators/compare.ts";
import { CHANGE_OPERATORS } from "./operators/tables.ts";
import type { Truth } from "./truth.ts";

/** Compiles a test of how a field changed. */
export function compileChange(field: readonly string[], name: string, operand: Operand): Decide {
  const operator = CHANGE_OPERATORS.get(name);
  if (operator === undefined) throw new RangeError(name);
  const right = compileOperand(operand);
  const changedOf = compileChanged(field);
  const sides = compileSides(field);
  const whether = operator.literalOnly === true && operand.kind === "literal" ? operand.value : undefined;
  if (typeof whether === "boolean") {
    return (facts) => {
      const changed = changedOf(facts);
      return changed === undefined ? undefined : changed === whether;
    };
  }
  return (facts) => {
    const changed = changedOf(facts);
    if (changed === false) return false;
    const unsent = right.missed?.(facts) === true || sides.missed(facts, operator.needs === "values");
    if (changed === undefined || unsent) return undefined;
    return operator.matches({ before: sides.before(facts), after: sides.after(facts), changed }, right.read(facts));
  };
}

interface Sides {
  readonly before: (facts: Facts) => Value | undefined;
  readonly after: (facts: Facts) => Value | undefined;
  /** Whether a side that is needed was not sent. */
  missed(facts: Facts, needsBefore: boolean): boolean;
}

function compileSides(field: readonly string[]): Sides {
  const beforePath: Path = { root: "before", segments: field };
  const afterPath: Path = { root: "after", segments: field };
  const before = compileRead(beforePath);
  const after = compileRead(afterPath);
  const beforeName = nameOfPath(beforePath);
  const afterName = nameOfPath(afterPath);
  return {
    before: (facts) => before(facts, undefined),
    after: (facts) => after(facts, undefined),
    missed(facts, needsBefore) {
      const noBefore = needsBefore && facts.before === undefined;
      const noAfter = isUnsent(facts, field[0]);
      if (noBefore) facts.missed.push(beforeName);
      if (noAfter) facts.missed.push(afterName);
      return noBefore || noAfter;
    },
  };
}

/** The source's own word first; where it says only that the column changed, or nothing, the two sides are compared. */
function compileChanged(field: readonly string[]): (facts: Facts) => Truth {
  const [column] = field;
  const sides = compileSides(field);
  return (facts) => {
    if (facts.operation === "delete") return false;
    const said = facts.changed;
    if (said !== undefined) {
      if (column === undefined) return said.length > 0;
      if (!said.includes(column)) return false;
      if (field.length === 1) return true;
    }
    if (sides.missed(facts, true)) return undefined;
    const after = sides.after(facts);
    const before = sides.before(facts);
    return facts.before === null ? after !== undefined : (before === undefined) !== (after === undefined) || !equal(before, after);
  };
}
