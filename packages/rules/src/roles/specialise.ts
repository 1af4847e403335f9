import type { Value } from "@backstitch/core/values";
import { compileWith, type CompiledCondition } from "../condition/compiled-condition.ts";
import { compileOperand } from "../condition/compile-operand.ts";
import type { Condition, Operand } from "../condition/form.ts";
import type { Literal } from "../condition/instant.ts";
import { OPERATORS } from "../condition/operators/index.ts";
import type { Path } from "../path/resolve-path.ts";
import { holds, storedFacts, type Asker } from "./decide.ts";

const TRUE: Condition = { kind: "const", value: true };
const FALSE: Condition = { kind: "const", value: false };

/** Parts of rules are asked again for every asker. */
const compiled = new WeakMap<Condition, CompiledCondition>();

function compiledOf(condition: Condition): CompiledCondition {
  const known = compiled.get(condition);
  if (known !== undefined) return known;
  const made = compileWith(OPERATORS, condition);
  compiled.set(condition, made);
  return made;
}

/**
 * A condition as it is for one asker who reads, before any document is looked at: what reads only `user`, `request` and `values` is decided,
 * and what the right sides read there is put in. What is left reads the document alone.
 */
export function specialise({ form }: CompiledCondition, asker: Asker): Condition {
  const facts = storedFacts(asker, undefined);
  const decided = (condition: Condition): Condition => (holds(compiledOf(condition), facts) ? TRUE : FALSE);
  const simplify = (condition: Condition): Condition => {
    switch (condition.kind) {
      case "const":
        return condition;
      case "and":
        return all(condition.all.map(simplify));
      case "or":
        return any(condition.any.map(simplify));
      case "not":
        return opposite(simplify(condition.condition));
      case "element":
        return isOfDocument(condition.path) ? condition : decided(condition);
      case "test":
        if (!isOfDocument(condition.path)) return operandReadsDocument(condition.operand) ? condition : decided(condition);
        if (operandReadsDocument(condition.operand)) return condition;
        return { ...condition, operand: written(condition.operand, MISSING_IS_NONE.has(condition.operator) ? [] : null) };
      case "change":
      case "library":
      case "staged":
      case "engine":
        return condition;
    }
  };
  const written = (operand: Operand, missing: Value): Operand => {
    if (operand.kind === "literal" || operand.kind === "dated") return operand;
    return literalOf(compileOperand(operand).read(facts) ?? missing);
  };
  return simplify(form);
}

/** To them what is missing has no items; to the others it equals null, as it does where it is read. */
const MISSING_IS_NONE = new Set(["$in", "$nin", "$all"]);

function literalOf(value: Literal): Operand {
  return { kind: "literal", value: value as Value };
}

/** Deciding the others needs no document: where one is read, it was before what it is. */
function isOfDocument({ root }: Path): boolean {
  return root === "root" || root === "prevRoot" || root === "element";
}

function operandReadsDocument(operand: Operand): boolean {
  if (operand.kind === "path") return isOfDocument(operand.path);
  return operand.kind === "list" && operand.items.some(operandReadsDocument);
}

function all(parts: readonly Condition[]): Condition {
  const left = parts.filter((part) => part.kind !== "const" || !part.value);
  if (left.some(({ kind }) => kind === "const")) return FALSE;
  const [only = TRUE] = left;
  return left.length <= 1 ? only : { kind: "and", all: left };
}

function any(parts: readonly Condition[]): Condition {
  const left = parts.filter((part) => part.kind !== "const" || part.value);
  if (left.some(({ kind }) => kind === "const")) return TRUE;
  const [only = FALSE] = left;
  return left.length <= 1 ? only : { kind: "or", any: left };
}

function opposite(condition: Condition): Condition {
  return condition.kind === "const" ? { kind: "const", value: !condition.value } : { kind: "not", condition };
}
