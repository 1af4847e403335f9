import { canonicalText, compareNumbers, Decimal, decodeValue, encodeValue, integer, type Value } from "@backstitch/core/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

describe("compareNumbers", () => {
  const d = (text: string): Decimal => Decimal.parse(text);
  const rows: readonly (readonly [string, number | bigint | Decimal, number | bigint | Decimal, number])[] = [
    ["numbers", 1, 2, -1],
    ["number and bigint beyond 2^53", 9007199254740992, 9007199254740993n, -1],
    ["number and the bigint of its digits", 2 ** 63, 9223372036854776000n, 0],
    ["number and the bigint of its bits", 2 ** 63, 9223372036854775808n, 1],
    ["number and the decimal of its bits", -(2 ** 63), d("-9223372036854775808"), -1],
    ["number and the bigint of its exponent", 1e23, 10n ** 23n, 0],
    ["Infinity and a bigint", Infinity, 10n ** 400n, 1],
    ["decimals by value, not by text", d("12.50"), d("12.5"), 0],
    ["decimal and number", d("0.1"), 0.1, 0],
    ["decimal and bigint", d("9007199254740993.000000001"), 9007199254740993n, 1],
    ["negative decimals", d("-2.5"), d("-2.49"), -1],
    ["across zero", d("-0.001"), d("0"), -1],
    ["zero has no sign", d("-0.00"), 0, 0],
    ["exponents", d("1e3"), 1000, 0],
    ["far apart, without building the digits", d("1e15000"), d("1e-15000"), 1],
    ["infinity above all", Infinity, d("1e15000"), 1],
    ["minus infinity below all", d("-1e15000"), -Infinity, 1],
    ["infinity equals itself", Infinity, Infinity, 0],
  ];
  test.each(rows)("%s", (_name, left, right, sign) => {
    expect(Math.sign(compareNumbers(left, right))).toBe(sign);
    expect(Math.sign(compareNumbers(right, left))).toBe(sign === 0 ? 0 : -sign);
  });

  test("NaN compares with nothing", () => {
    expect(compareNumbers(NaN, 1)).toBeNaN();
    expect(compareNumbers(Decimal.parse("1"), NaN)).toBeNaN();
    expect(compareNumbers(1n, NaN)).toBeNaN();
  });

  test("agrees with exact fractions", () => {
    const scaled = fc.tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.nat(20));
    const decimal = ([digits, scale]: readonly [bigint, number]): Decimal => {
      const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, "0");
      const at = text.length - scale;
      return Decimal.parse(`${digits < 0n ? "-" : ""}${text.slice(0, at)}${scale === 0 ? "" : `.${text.slice(at)}`}`);
    };
    fc.assert(
      fc.property(scaled, scaled, (left, right) => {
        const difference = left[0] * 10n ** BigInt(20 - left[1]) - right[0] * 10n ** BigInt(20 - right[1]);
        expect(Math.sign(compareNumbers(decimal(left), decimal(right)))).toBe(difference > 0n ? 1 : difference < 0n ? -1 : 0);
      }),
    );
  });
});

describe("Decimal", () => {
  test.each(["", "abc", "NaN", "Infinity", "1.2.3", "0x10", "1e99999", "--1", "1 "])("refuses %j", (text) => {
    expect(() => Decimal.parse(text)).toThrow(RangeError);
  });
  test("prints as the database printed it", () =>
    expect(`${Decimal.parse("12.50")} ${JSON.stringify(Decimal.parse("12.50"))}`).toBe('12.50 "12.50"'));
});

describe("canonicalText", () => {
  const d = (text: string): Decimal => Decimal.parse(text);
  test.each<readonly [string, Value, Value]>([
    ["a number and a decimal", 12.5, d("12.500")],
    ["a whole number, a bigint and an exponent", 1000, 1000n],
    ["a decimal of an exponent", d("1e3"), 1000],
    ["zeros", -0, d("-0.00")],
    ["far below one", 1e-7, d("0.00000010")],
    ["the digits that are printed", 2 ** 63, 9223372036854776000n],
    ["names in another order, at any depth", { a: [{ x: 1, y: null }], b: true }, { b: true, a: [{ y: null, x: d("1.0") }] }],
  ])("is one for what is equal: %s", (_, left, right) => expect(canonicalText(left)).toBe(canonicalText(right)));

  const texts = ["null", "true", "", "1", "1e0", "NaN"];
  const plain = [null, true, false, 1, -1, 10, 0.1, 11, NaN, Infinity, -Infinity];
  const lists = [[], [1], [1, 1], [[1], 1], ["1,1"]];
  const rows = [{}, { a: 1 }, { a: null }, { "a:1": 1 }, { a: 1, b: 1 }];
  const apart: readonly Value[] = [...texts, ...plain, ...lists, ...rows];
  test("is another for everything else", () => expect(new Set(apart.map(canonicalText)).size).toBe(apart.length));

  test("agrees with compareNumbers", () => {
    const number = fc.oneof(
      fc.double(),
      fc.integer(),
      fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
      fc.tuple(fc.bigInt(), fc.integer({ min: -30, max: 30 })).map(([digits, exponent]) => d(`${digits}e${exponent}`)),
    );
    fc.assert(
      fc.property(number, number, (left, right) => {
        if (Number.isNaN(left) || Number.isNaN(right)) return;
        expect(canonicalText(left) === canonicalText(right)).toBe(compareNumbers(left, right) === 0);
      }),
    );
  });
});

describe("the tagged encoding", () => {
  const { value } = fc.letrec<{ value: Value }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, false, -0, NaN, Infinity, -Infinity),
      fc.double(),
      fc.string({ unit: "binary" }),
      fc.bigInt(),
      fc.tuple(fc.bigInt(), fc.nat(999)).map(([whole, fraction]) => Decimal.parse(`${whole}.${fraction}`)),
      fc.array(tie("value")),
      fc.dictionary(fc.oneof(fc.constantFrom("$", "v", "__proto__", "constructor", "toJSON"), fc.string()), tie("value"), {
        noNullPrototype: true,
      }),
    ),
  }));

  test("round-trips every value", () => {
    fc.assert(
      fc.property(value, (original) => {
        expect(decodeValue(encodeValue(original))).toEqual(original);
      }),
      { numRuns: 2_000 },
    );
  });

  test("keeps __proto__ as a plain key and gives nobody a prototype", () => {
    const decoded = decodeValue('{"__proto__":{"polluted":true},"n":{"$":"n","v":"1"}}') as object;
    expect(Object.hasOwn(decoded, "__proto__")).toBe(true);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect((decoded as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test.each([
    ["9007199254740991", 9007199254740991],
    ["9007199254740992", 9007199254740992n],
    ["-9223372036854775808", -9223372036854775808n],
    ["0", 0],
  ])("integer(%s) is a number while safe", (text, expected) => expect(integer(text)).toBe(expected));
});
