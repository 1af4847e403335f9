import type { Facts } from "../facts/facts.ts";
import { compileMissed, compileRead } from "../facts/read.ts";
import type { Operand } from "./form.ts";
import type { Literal } from "./instant.ts";

/** The right side of a test: how to read it, and whether the source sent it. */
export interface CompiledOperand {
  readonly read: (facts: Facts) => Literal | undefined;
  readonly missed: ((facts: Facts) => boolean) | undefined;
}

export function compileOperand(operand: Operand): CompiledOperand {
  switch (operand.kind) {
    case "literal":
    case "dated": {
      const { value } = operand;
      return { read: () => value, missed: undefined };
    }
    case "path": {
      const read = compileRead(operand.path);
      return { read: (facts) => read(facts, undefined), missed: compileMissed(operand.path) };
    }
    case "list": {
      const items = operand.items.map(compileOperand);
      const missed = anyOf(items.map((item) => item.missed));
      return { read: (facts) => items.map(({ read }) => read(facts) ?? null), missed };
    }
  }
}

/** Asks all of them, so that everything that was missed is named. */
export function anyOf(checks: readonly (((facts: Facts) => boolean) | undefined)[]): ((facts: Facts) => boolean) | undefined {
  const real = checks.filter((check) => check !== undefined);
  const [only] = real;
  if (real.length <= 1) return only;
  return (facts) => real.reduce((missed, check) => check(facts) || missed, false);
}
