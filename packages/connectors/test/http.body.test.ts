import { Decimal, type Value } from "@backstitch/core/values";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { bodyOf } from "../src/http/body.ts";

const name = fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom("__proto__", "toJSON", "$", "1"));
const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false, -0, NaN, Infinity, -Infinity),
    fc.double(),
    fc.bigInt(),
    fc.string({ unit: "binary" }),
    fc.constantFrom("12.50", "-1e400").map((text) => Decimal.parse(text)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(name, tie("value")), { maxLength: 4 }).map((members) => Object.fromEntries(members)),
  ),
}));

/** Member by member, as the rules of a body are stated. */
function stated(value: Value): string {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" && !Number.isFinite(value)) return `"${value}"`;
  if (value instanceof Decimal) return `"${value.text}"`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(stated).join()}]`;
  return `{${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}:${stated(member)}`)
    .join()}}`;
}

test("a body is the JSON of its members, whatever is among them", () => {
  fc.assert(
    fc.property(
      value.filter((value) => typeof value !== "string"),
      (value) => {
        expect(bodyOf({ body: value }).bytes.toString()).toBe(stated(value));
      },
    ),
    { numRuns: 1_000 },
  );
});
