/** What filters make of values, row by row: the same template in every rule of a table. */
import { Decimal, type Row, type Value } from "@backstitch/core/values";
import { describe, expect, test } from "vitest";
import { explain } from "./explaining.ts";

/** What a template makes of a row, or the reason why it makes nothing. */
function made(template: string, after: Row): unknown {
  const then = [{ service: "sms", action: "send", with: { to: "t", body: template } }];
  const part = explain({ then }, { after }).then[0]?.parts[0];
  return part?.fault === undefined ? part?.args?.["body"] : part.fault.reason;
}

const decimal = (text: string): Value => Decimal.parse(text);

describe("a date", () => {
  const at = (value: Value, format: string): unknown => made(`{{ after.at | date: ${format} }}`, { at: value });

  test.each([
    ["%Y %y %m %d %e %j", "2026 26 03 04  4 063"],
    ["%B %b %A %a %u %w", "March Mar Wednesday Wed 3 3"],
    ["%H %I %k %l %p %P", "05 05  5  5 AM am"],
    ["%M %S %L %s %z %%", "06 07 089 1772600767 +0000 %"],
    ["%F %T %R %D", "2026-03-04 05:06:07 05:06 03/04/26"],
    ["%-d %-m %-H %-j %-e", "4 3 5 63 4"],
    ["%0e %0k %0d", "04 05 04"],
    ["%^B %^p %^F", "MARCH AM 2026-03-04"],
    ["%Q %-Q", "%Q %-Q"],
    ["no part", "no part"],
  ])("as %s", (format, text) => expect(at("2026-03-04T05:06:07.089Z", `"${format}"`)).toBe(text));

  test.each([
    ["2026-01-04T00:00:00Z", "%u %w %a %j %H %I %-H %l", "7 0 Sun 004 00 12 0 12"],
    ["2026-12-31T12:00:00Z", "%j %I %p %P %l", "365 12 PM pm 12"],
    ["2024-12-31T23:59:59Z", "%j %I %p %-I %k", "366 11 PM 11 23"],
    ["2026-11-20T13:00:00Z", "%e %k %l %y %-l", "20 13  1 26 1"],
    ["2005-10-10T10:10:10Z", "%y %-y %e %0e %-d", "05 5 10 10 10"],
    ["1969-12-31T23:59:59.500Z", "%s", "-1"],
  ])("%s as %s", (value, format, text) => expect(at(value, `"${format}"`)).toBe(text));

  test.each<[Value, string]>([
    ["2026-03-04", "2026-03-04T00:00:00.000"],
    [" 2026-03-04 05:06 ", "2026-03-04T05:06:00.000"],
    ["2026-03-04 05:06:07.1239", "2026-03-04T05:06:07.123"],
    ["2026-03-04t05:06:07z", "2026-03-04T05:06:07.000"],
    ["2026-03-04T05:06:07+02", "2026-03-04T03:06:07.000"],
    ["2026-03-04T05:06:07 +0230", "2026-03-04T02:36:07.000"],
    ["2026-03-04T05:06:07-02:30", "2026-03-04T07:36:07.000"],
    [1_772_600_767, "2026-03-04T05:06:07.000"],
    [decimal("1772600767.5"), "2026-03-04T05:06:07.500"],
  ])("%s is read", (value, text) => expect(at(value, '"%FT%T.%L"')).toBe(text));

  test.each<[Value]>([["soon"], ["x2026-03-04"], ["2026-03-04x"], ["2026-3-4"], ["2026-13-04"], [true]])("%s is none", (value) =>
    expect(at(value, '"%F"')).toMatch(/the value is not a date/),
  );

  test.each([
    ["Europe/Zurich", "2026-07-01T06:00 +0200"],
    ["America/St_Johns", "2026-07-01T01:30 -0230"],
    ["Asia/Kolkata", "2026-07-01T09:30 +0530"],
    ["UTC", "2026-07-01T04:00 +0000"],
    ["Z", "2026-07-01T04:00 +0000"],
    ["Africa/Abidjan", "2026-07-01T04:00 +0000"],
  ])("in %s", (zone, text) => expect(at("2026-07-01T04:00:00Z", `"%FT%R %z", "${zone}"`)).toBe(text));

  test("of a zone that nobody knows", () =>
    expect(at("2026-07-01", '"%F", "Mars/Olympus"')).toMatch(/the time zone of the date filter is not known/));
  test("without a format", () => expect(made("{{ after.at | date }}", { at: "2026-07-01T04:00:00Z" })).toBe("2026-07-01"));
});

describe("arithmetic", () => {
  test.each<[string, Row, string]>([
    ["a | plus: after.b", { a: 0.1, b: 0.2 }, "0.3"],
    ["a | plus: after.b", { a: decimal("1.50"), b: 1 }, "2.50"],
    ["a | plus: after.b", { a: 1, b: decimal("1.50") }, "2.50"],
    ["a | plus: after.b", { a: 1.5, b: 1.5 }, "3"],
    ["a | minus: after.b", { a: " 5 ", b: 7n }, "-2"],
    ["a | times: after.b", { a: decimal("1.5"), b: 2 }, "3.0"],
    ["a | times: after.b", { a: 2, b: decimal("1.5") }, "3.0"],
    ["a | times: after.b", { a: 1.5, b: 2 }, "3"],
    ["a | divided_by: after.b", { a: 7, b: 2 }, "3.5"],
    ["a | divided_by: after.b", { a: decimal("3.00"), b: 1.5 }, "2"],
    ["a | divided_by: after.b", { a: -2, b: 3 }, "-0.6666666666666667"],
    ["a | divided_by: after.b", { a: 2, b: -3 }, "-0.6666666666666667"],
    ["a | divided_by: after.b", { a: -1, b: -3 }, "0.3333333333333333"],
    ["a | divided_by: after.b, true", { a: 7, b: 2 }, "3"],
    ["a | divided_by: after.b, true", { a: -7, b: 2 }, "-4"],
    ["a | divided_by: after.b, true", { a: 7, b: -2 }, "-4"],
    ["a | divided_by: after.b, true", { a: -7, b: -2 }, "3"],
    ["a | divided_by: after.b, true", { a: -8, b: 2 }, "-4"],
    ["a | divided_by: after.b, true", { a: 0.75, b: 0.5 }, "1"],
    ["a | modulo: after.b", { a: 7, b: 3 }, "1"],
    ["a | modulo: after.b", { a: -7, b: 3 }, "2"],
    ["a | modulo: after.b", { a: 7, b: -3 }, "-2"],
    ["a | modulo: after.b", { a: decimal("7.50"), b: 2 }, "1.50"],
    ["a | modulo: after.b", { a: 7.5, b: decimal("2.50") }, "0.00"],
    ["a | at_least: after.b", { a: 1, b: 2 }, "2"],
    ["a | at_least: after.b", { a: decimal("2.0"), b: 2 }, "2.0"],
    ["a | at_most: after.b", { a: 1, b: 2 }, "1"],
    ["a | at_most: after.b", { a: decimal("2.0"), b: 2 }, "2.0"],
    ["a | abs", { a: decimal("-1.50") }, "1.50"],
    ["a | abs", { a: 3 }, "3"],
    ["a | ceil", { a: 1.2 }, "2"],
    ["a | ceil", { a: -1.2 }, "-1"],
    ["a | ceil", { a: 2 }, "2"],
    ["a | floor", { a: 1.8 }, "1"],
    ["a | floor", { a: -1.2 }, "-2"],
    ["a | floor", { a: decimal("2.0") }, "2"],
    ["a | to_integer", { a: -1.8 }, "-1"],
    ["a | round", { a: 2.5 }, "3"],
    ["a | round", { a: -2.5 }, "-3"],
    ["a | round", { a: 2.4 }, "2"],
    ["a | round: 1", { a: 2.45 }, "2.5"],
    ["a | round: 2", { a: decimal("2.4") }, "2.4"],
    ["a | round: 1", { a: decimal("2.04") }, "2.0"],
    ["a | round: -2", { a: 1250 }, "1300"],
    ["a | round: -2", { a: decimal("1250.75") }, "1300"],
    ["a | plus: 1", { a: "1e3" }, "1001"],
    ["a | times: 1", { a: 1e21 }, "1000000000000000000000"],
    ["a | sum", { a: [0.1, "0.2", decimal("1.0")] }, "1.3"],
    ["a | sum", { a: [] }, "0"],
    ["a | sum: 'n'", { a: [{ n: 1 }, { n: 2n }] }, "3"],
  ])("{{ after.%s }} of %o", (filters, after, text) => expect(made(`{{ after.${filters} }}`, after)).toBe(text));

  test.each<[string, Value, RegExp]>([
    ["plus: 1", "five", /a text that is no number/],
    ["plus: 1", true, /a boolean/],
    ["plus: after.a", [1], /an array/],
    ["divided_by: 0", 1, /0 to divide by/],
    ["modulo: 0", 1, /0 to divide by/],
    ["plus: 1", Infinity, /NaN, an infinity, or a number too large or small/],
    ["round: 0.5", 1, /a number that is not whole/],
    ["times: after.a", "1e600", /too many digits/],
  ])("cannot be done: %s of %s", (filter, a, reason) => expect(made(`{{ after.a | ${filter} }}`, { a })).toMatch(reason));

  test("a list among what a number is added to has no number", () => {
    expect(made("{{ 1 | at_least: after.a }}", { a: { b: 1 } })).toMatch(/an object/);
    expect(made("{{ after.a | sum }}", { a: [[1]] })).toMatch(/a list or an object/);
  });
});

describe("numbers of all types are compared by value", () => {
  const a = { d: decimal("10.0"), n: 10, b: 10n, t: "10", list: [decimal("10.00"), 2] };
  test.each([
    ["after.d == after.n", "yes"],
    ["after.n == after.d", "yes"],
    ["after.d != after.b", "no"],
    ["after.d == after.t", "no"],
    ["after.d > 9", "yes"],
    ["after.d > 10", "no"],
    ["after.d >= 10", "yes"],
    ["after.d >= 11", "no"],
    ["after.d < 11", "yes"],
    ["after.d < 10", "no"],
    ["after.d <= 10", "yes"],
    ["after.d <= 9", "no"],
    ["9 < after.d", "yes"],
    ["10 < after.d", "no"],
    ["10 <= after.d", "yes"],
    ["11 <= after.d", "no"],
    ["11 > after.d", "yes"],
    ["10 >= after.d", "yes"],
    ["9 >= after.d", "no"],
    ["after.list contains 10", "yes"],
    ["after.list contains 3", "no"],
  ])("%s: %s", (condition, expected) => expect(made(`{% if ${condition} %}yes{% else %}no{% endif %}`, a)).toBe(expected));

  test("in a case", () => expect(made("{% case after.d %}{% when 9 %}nine{% when 10 %}ten{% endcase %}", a)).toBe("ten"));
  test("in a text that holds one", () => expect(made("{% if after.t contains after.n %}yes{% endif %}", a)).toBe("yes"));
});

describe("lists", () => {
  const list = (filters: string, value: Value): unknown => made(`{{ after.l | ${filters} }}`, { l: value });
  test.each<[string, Value, string]>([
    ["sort | join", [10, decimal("9.5"), 2n], "2 9.5 10"],
    ["sort | json", ["b", null, "a"], '["a","b",null]'],
    ["sort | json", [null, "a", null], '["a",null,null]'],
    ["sort | join", [true, false, true], "false true true"],
    [
      "sort: 'n' | map: 'k' | join",
      [
        { n: 2, k: "b" },
        { n: 1, k: "a" },
      ],
      "a b",
    ],
    [
      "sort: 'n.m' | map: 'k' | join",
      [
        { n: { m: 2 }, k: "b" },
        { n: { m: 1 }, k: "a" },
      ],
      "a b",
    ],
    ["uniq | join", [1, decimal("1.0"), 1n, "1", 2], "1 1 2"],
    ["group_by: 'n' | map: 'items' | json", [{ n: 1 }, { n: 2 }, { n: decimal("1.0") }], '[[{"n":1},{"n":1.0}],[{"n":2}]]'],
    ["group_by_exp: 'x', 'x.n' | map: 'name' | join", [{ n: 1 }, { n: 2n }, { n: 2 }], "1 2"],
    ["where: 'n', 1 | size", [{ n: decimal("1.0") }, { n: 2 }], "1"],
    ["reject: 'n', 1 | size", [{ n: decimal("1.0") }, { n: 2 }], "1"],
    ["find_index: 'n', 2", [{ n: decimal("1.0") }, { n: 2n }], "1"],
    ["size", { a: 1, b: 2 }, "2"],
    ["size", "four", "4"],
    ["slice: 1, 2 | join", [1, 2, 3, 4], "2 3"],
    ["json: 2", [1], "[\n  1\n]"],
    ["json: 99", [1], "[\n        1\n]"],
    ["json", [10n, decimal("1.50"), null], "[10,1.50,null]"],
    ["concat: after.l | join", [1, 2], "1 2 1 2"],
  ])("{{ after.l | %s }} of %o", (filters, value, text) => expect(list(filters, value)).toBe(text));

  test.each<[string, Value, RegExp]>([
    ["sort | join", [1, "a"], /what has no order: numbers and texts/],
    ["sort | json", [[1], [2]], /what has no order: lists or objects/],
    ["sort | join", [true, "a"], /what has no order: booleans and texts/],
    ["join", [1, null], /null to print/],
    ["join", [[1]], /an array to print/],
    ["join", [{ a: 1 }], /an object to print/],
    ["upcase", [1], /an array/],
    ["upcase", { a: 1 }, /an object/],
    ["upcase", null, /null/],
    ["first", 5, /a number or boolean/],
    ["last", true, /a number or boolean/],
    ["concat: 'x' | join", [1], /what is no array to add/],
    ["map | join", [{ a: 1 }], /the filter "map" needs a value after its colon/],
    ["where_exp: 'x' | json", [{ a: 1 }], /the filter "where_exp" needs 2 values after its colon/],
    ["append: after.l", [1], /an array/],
    ["slice: 'x'", "text", /a text that is no number/],
    ["slice: 0, 1.5", "text", /a number that is not whole/],
    ["truncate: 'x'", "text", /a text that is no number/],
  ])("cannot be done: %s of %o", (filters, value, reason) => expect(list(filters, value)).toMatch(reason));

  test("are not printed as they are, nor is a row or what is null", () => {
    expect(made("{{ after.l }}", { l: [1] })).toMatch(/the value is an array: print it with the filter "join" or "json"/);
    expect(made("{{ after.l }}", { l: { a: 1 } })).toMatch(
      /the value is an object: name one of its fields or print it with the filter "json"/,
    );
    expect(made("{{ after.l }}", { l: null })).toMatch(/the value is null: give it a value with the filter "default"/);
  });
});
