import { EXPECTATIONS, ruleTestSchema } from "../../../packages/rules/src/rule-test/schema.ts";
import { head, type Json } from "./json.ts";

/** The reader's own schema of a file of tests, with what it says in words of its own: which keys exclude each other. */
export function ruleTestFileSchema(): Json {
  const { properties = {}, ...schema } = ruleTestSchema;
  const { tests } = properties;
  return {
    ...head("rule-test", "Backstitch rule tests"),
    ...schema,
    properties: { ...properties, tests: { ...tests, items: { ...tests?.items, allOf: [oneEvent, someExpectation, apartFromNone] } } },
  };
}

const has = (key: string): Json => ({ required: [key] });

const oneEvent: Json = { oneOf: [has("event"), has("events")] };
const someExpectation: Json = { anyOf: EXPECTATIONS.map(has) };
const apartFromNone: Json = {
  not: {
    anyOf: [
      { required: ["deliveries", "deliveriesContain"] },
      ...EXPECTATIONS.filter((key) => key !== "none").map((key) => ({ required: ["none", key] })),
    ],
  },
};
