import type { Decimal, Value } from "@backstitch/core/values";
import { defaultOperators, toValue, type Comparable, type Context } from "liquidjs";
import { equal, isNumber, order } from "../condition/operators/compare.ts";

/**
 * A number that Liquid compares as conditions do: by value, whatever its type, and with numbers alone. No `Drop`, since Liquid would
 * unwrap it before it compares.
 */
class ExactNumber implements Comparable {
  private readonly number: number | bigint | Decimal;

  constructor(number: number | bigint | Decimal) {
    this.number = number;
  }

  equals(other: unknown): boolean {
    return equal(this.number, ExactNumber.plain(other));
  }

  gt(other: unknown): boolean {
    return order(this.number, ExactNumber.plain(other)) > 0;
  }

  geq(other: unknown): boolean {
    return order(this.number, ExactNumber.plain(other)) >= 0;
  }

  lt(other: unknown): boolean {
    return order(this.number, ExactNumber.plain(other)) < 0;
  }

  leq(other: unknown): boolean {
    return order(this.number, ExactNumber.plain(other)) <= 0;
  }

  toString(): string {
    return String(this.number);
  }

  private static plain(other: unknown): Value | undefined {
    return other instanceof ExactNumber ? other.number : (toValue(other) as Value | undefined);
  }
}

/** Whatever Liquid is about to compare: a Decimal would be an object to it, equal to itself alone and in order as a text. */
export function exact(value: unknown): unknown {
  const plain = toValue(value) as Value | undefined;
  return isNumber(plain) ? new ExactNumber(plain) : value;
}

type Operators = typeof defaultOperators;
type Operator = (left: unknown, right: unknown, context: Context) => ReturnType<Operators[string]>;

/** Liquid's operators, by which numbers are compared by value. */
export const exactOperators: Operators = {
  ...defaultOperators,
  ...Object.fromEntries(["==", "!=", ">", "<", ">=", "<="].map((name) => exactly(name, exact))),
  ...Object.fromEntries([exactly("contains", (list) => list)]),
};

function exactly(name: string, left: (value: unknown) => unknown): [string, Operator] {
  const operator = defaultOperators[name] as Operator;
  return [name, (one, other, context) => operator(left(one), exact(other), context)];
}
