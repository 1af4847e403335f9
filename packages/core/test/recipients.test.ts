import { addresseesOf, hasAddressees, type JsonSchema } from "@backstitch/core/connector";
import { describe, expect, test } from "vitest";

const address: JsonSchema = { type: "string", recipient: true };
const one: JsonSchema = { anyOf: [address, { type: "array", items: address }], recipient: true };
const schema: JsonSchema = {
  type: "object",
  properties: {
    to: one,
    replyTo: { ...one, addressee: false },
    person: { type: "object", recipient: true },
    parts: { type: "array", items: { type: "object", properties: { to: address, text: { type: "string" } } } },
    others: { type: "object", additionalProperties: address },
    text: { type: "string" },
  },
};

describe("to whom a call goes", () => {
  test.each([
    [{ to: "+15005550009", text: "ada@example.com" }, ["+15005550009"]],
    [{ to: ["ada@example.com", "Ada <ADA@Example.com> ", " bob@example.com"] }, ["ada@example.com", "bob@example.com"]],
    [{ to: [], replyTo: "help@example.com" }, []],
    [{ replyTo: ["help@example.com"] }, []],
    [{ parts: [{ to: "a", text: "b" }, { text: "c" }], others: { x: "d" } }, ["a", "d"]],
    [{ person: { name: "Ada", numbers: [5, null] } }, ["ada", "5"]],
    [{}, []],
    [{ to: ["+15005550123", "+1 500 555 0123", "+1-500-555-0123", "+1 (500) 555-0123", "+1.500.555.0123"] }, ["+15005550123"]],
    [{ to: ["whatsapp:+15005550123", "0015005550123", "00 1 500/555 0123", "+1\u00a0500\u2011555\u20110123"] }, ["+15005550123"]],
    [{ to: ["Ada <ada@BÜCHER.example>", "ada@bu\u0308cher.example", "ada@bücher。example"] }, ["ada@xn--bcher-kva.example"]],
    [
      { to: ["ada@bücher.example/x", "bücher.example", "@", "a@ü@b.example", "ada@\u00ad"] },
      ["ada@bücher.example/x", "bücher.example", "@", "a@ü@b.example", "ada@\u00ad"],
    ],
    [{ to: ["(500) 555-0123", "500 555 0123", "0500 555 0123"] }, ["5005550123", "05005550123"]],
    [
      { to: ["messenger:12345", "12345", "tenant:1-2", "+1 500 CALL", "-", "+"] },
      ["messenger:12345", "12345", "tenant:1-2", "+1 500 call", "-", "+"],
    ],
  ])("%j: %j", (args, expected) => expect(addresseesOf(args, schema)).toEqual(expected));

  test.each<readonly [string, JsonSchema, boolean]>([
    ["a recipient", address, true],
    ["one among several", { type: "object", properties: { text: { type: "string" }, to: one } }, true],
    ["one in a list", { type: "object", properties: { parts: { type: "array", items: { anyOf: [{ type: "null" }, address] } } } }, true],
    ["any name", { type: "object", additionalProperties: address }, true],
    ["whom it answers to alone", { type: "object", properties: { replyTo: { ...one, addressee: false } } }, false],
    ["none", { type: "object", properties: { text: { type: "string" } }, additionalProperties: false }, false],
  ])("arguments with %s", (_, declared, expected) => expect(hasAddressees(declared)).toBe(expected));
});
