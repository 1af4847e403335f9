import type { Value } from "@backstitch/core/values";
import type { Facts } from "../facts/facts.ts";
import { compileChange } from "./compile-change.ts";
import { compileElement, compileTest } from "./compile-test.ts";
import type { Condition, EngineCondition } from "./form.ts";
import { compileLibraryTest, compileStaged } from "./library/compile-library.ts";
import type { Operators } from "./operators/operator.ts";
import { partsOf } from "./size-of.ts";
import { not, type Truth } from "./truth.ts";

/** Decides a condition; `element` is the array element inside `$elemMatch`. */
export type Decide = (facts: Facts, element?: Value) => Truth;

/** A condition that can be decided, and what json-rules-engine must decide of it first. */
export interface CompiledCondition {
  /** What was compiled. */
  readonly form: Condition;
  /** Their verdicts are expected in `facts.verdicts`, in this order. */
  readonly engines: readonly EngineCondition[];
  decide(facts: Facts, element?: Value): Truth;
}

/** Made into closures when an event first asks: of many rules most are never asked, and cost nothing more. */
export function compileWith(operators: Operators, form: Condition): CompiledCondition {
  return new LazyCondition(operators, form);
}

const NO_ENGINES: readonly EngineCondition[] = [];

class LazyCondition implements CompiledCondition {
  readonly form: Condition;
  readonly engines: readonly EngineCondition[];
  readonly operators: Operators;
  private decides: Decide | undefined = undefined;

  constructor(operators: Operators, form: Condition) {
    this.operators = operators;
    this.form = form;
    this.engines = asksLibrary(form) ? [...new Set(enginesOf(form))] : NO_ENGINES;
  }

  decide(facts: Facts, element?: Value): Truth {
    this.decides ??= compile(this.form, this);
    return this.decides(facts, element);
  }
}

function asksLibrary(condition: Condition): boolean {
  return condition.kind === "engine" || partsOf(condition).some(asksLibrary);
}

function enginesOf(condition: Condition): readonly EngineCondition[] {
  return condition.kind === "engine" ? [condition] : partsOf(condition).flatMap(enginesOf);
}

/** What a condition is compiled with. */
interface Around {
  readonly operators: Operators;
  readonly engines: readonly EngineCondition[];
}

function compile(condition: Condition, around: Around): Decide {
  switch (condition.kind) {
    case "const":
      return () => condition.value;
    case "and":
      return every(condition.all.map((part) => compile(part, around)));
    case "or":
      return some(condition.any.map((part) => compile(part, around)));
    case "not": {
      const inner = compile(condition.condition, around);
      return (facts, element) => not(inner(facts, element));
    }
    case "test":
      return compileTest(condition, around.operators);
    case "element":
      return compileElement(condition, compile(condition.condition, around));
    case "change":
      return compileChange(condition.field, condition.operator, condition.operand);
    case "library":
      return compileLibraryTest(condition);
    case "staged":
      return compileStaged(
        condition,
        condition.stages.map((stage) => stage.map((part) => compile(part, around))),
      );
    case "engine": {
      const index = around.engines.indexOf(condition);
      return (facts) => facts.verdicts[index];
    }
  }
}

/** False if one is false, else undecided if one is undecided. */
function every(parts: readonly Decide[]): Decide {
  const [first, second] = parts;
  return parts.length === 2 && first !== undefined && second !== undefined ? both(first, second) : everyOne(parts);
}

function both(first: Decide, second: Decide): Decide {
  return (facts, element) => {
    const one = first(facts, element);
    if (one === false) return false;
    const other = second(facts, element);
    return one === true || other === false ? other : undefined;
  };
}

function everyOne(parts: readonly Decide[]): Decide {
  return (facts, element) => {
    let all: Truth = true;
    for (const part of parts) {
      const truth = part(facts, element);
      if (truth === false) return false;
      if (truth === undefined) all = undefined;
    }
    return all;
  };
}

/** True if one is true, else undecided if one is undecided. */
function some(parts: readonly Decide[]): Decide {
  return (facts, element) => {
    let any: Truth = false;
    for (const part of parts) {
      const truth = part(facts, element);
      if (truth === true) return true;
      if (truth === undefined) any = undefined;
    }
    return any;
  };
}
