import { ENGINE_KEYS } from "../../../packages/rules/src/condition/check-engine.ts";
import { LIBRARY_DECORATORS, LIBRARY_OPERATORS } from "../../../packages/rules/src/condition/library/operators.ts";
import { SUMMARIES } from "../../../packages/rules/src/condition/operators/index.ts";
import type { Json } from "./json.ts";

const field: Json = { $ref: "#/$defs/field" };

/** What an operator's operand looks like, where it is not just any value. */
const OPERANDS: Readonly<Record<string, Json>> = {
  $and: { type: "array", minItems: 1, items: field },
  $or: { type: "array", minItems: 1, items: field },
  $nor: { type: "array", minItems: 1, items: field },
  $not: field,
  $elemMatch: { type: "object", minProperties: 1 },
  $exists: { type: "boolean" },
  $changed: { type: "boolean" },
  $regex: { type: "string" },
};

/** They stand where an operator could: a value by its path, a value as it is, MongoDB's extended JSON, and what belongs to `$regex`. */
const BESIDE: Json = {
  $options: {
    type: "string",
    pattern: "^[ims]*$",
    description: "Of $regex: i ignores case, m takes lines one by one, s lets a dot match line ends.",
  },
  $path: { type: "string", description: "The value at this path." },
  $literal: { description: "This value, taken as it is." },
  $numberInt: { type: "string" },
  $numberLong: { type: "string" },
  $numberDouble: { type: "string" },
  $numberDecimal: { type: "string" },
  $oid: { type: "string" },
  $uuid: { type: "string" },
  $date: { type: ["string", "number", "object"], description: "A moment, compared with timestamps by instant." },
};

/** A condition of either dialect. @param scope as in the definitions that it refers to */
export function eitherDialect(scope = ""): Json {
  const isEngine = { type: "object", anyOf: ENGINE_KEYS.map((key) => ({ required: [key] })) };
  return { if: isEngine, then: { $ref: `#/$defs/${scope}engine` }, else: { $ref: `#/$defs/${scope}expression` } };
}

/** The parts of expressions that begin with these names. @param scope tells them from those that begin with others */
export function expressionDefs(roots: readonly string[], scope = ""): Json {
  const expression: Json = { $ref: `#/$defs/${scope}expression` };
  const operators = Object.fromEntries([...SUMMARIES].map(([name, summary]) => [name, { ...OPERANDS[name], description: summary }]));
  const known = { ...operators, ...BESIDE };
  return {
    [`${scope}expression`]: {
      type: ["object", "boolean"],
      additionalProperties: false,
      properties: {
        $and: { type: "array", minItems: 1, items: expression, description: SUMMARIES.get("$and") },
        $or: { type: "array", minItems: 1, items: expression, description: SUMMARIES.get("$or") },
        $nor: { type: "array", minItems: 1, items: expression, description: SUMMARIES.get("$nor") },
        $not: { ...expression, description: SUMMARIES.get("$not") },
        $condition: { type: "string", description: "The name of a file in conditions/, without .json." },
      },
      patternProperties: { [`^(?:${roots.join("|")})(?:$|[.\\[])`]: field },
    },
    field: {
      description: "A value to be equal to, or operators, all of which must hold.",
      if: { type: "object" },
      then: { properties: known, propertyNames: { if: { pattern: "^\\$" }, then: { enum: Object.keys(known) } } },
    },
  };
}

/** A condition of json-rules-engine. */
export function engineDefs(roots: readonly string[], scope = ""): Json {
  const engine: Json = { $ref: `#/$defs/${scope}engine` };
  const list = { type: "array", items: engine };
  return {
    [`${scope}engine`]: {
      type: "object",
      additionalProperties: false,
      properties: {
        all: { ...list, description: "Every one of these." },
        any: { ...list, description: "At least one of these." },
        not: { ...engine, description: "Not this." },
        condition: { type: "string", description: "The name of a file in conditions/, without .json." },
        fact: { enum: roots },
        path: { type: "string", description: "A definite path into the fact: $.address.city" },
        operator: {
          type: "string",
          description: "One of the library's operators, with decorators in front: everyFact:in",
          // Suggested as they are; anything else is one of them with decorators.
          anyOf: [
            { enum: LIBRARY_OPERATORS },
            { pattern: `^(?:(?:${LIBRARY_DECORATORS.join("|")}):)+(?:${LIBRARY_OPERATORS.join("|")})$` },
          ],
        },
        value: {},
        params: { type: "object" },
        priority: { type: "integer", description: "Higher ones are asked first." },
        name: { type: "string" },
      },
    },
  };
}
