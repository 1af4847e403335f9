const FORM = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
/** Nearly all, and told without taking it apart. */
const PLAIN = /^-?\d+(?:\.\d+)?$/;
const LONGEST_EXPONENT = 20_000;

/**
 * A decimal number with every digit the database printed: `12.50` stays `12.50`.
 * Compared by value (12.50 equals 12.5) with {@link compareNumbers}; never converted to a binary float.
 */
export class Decimal {
  /** As the database prints it. */
  readonly text: string;

  private constructor(text: string) {
    this.text = text;
  }

  /** @throws RangeError when the text is not a plain decimal number (`NaN` and `Infinity` are not). */
  static parse(text: string): Decimal {
    if (PLAIN.test(text)) return new Decimal(text);
    const match = FORM.exec(text);
    if (match === null || Math.abs(Number(match[4] ?? 0)) > LONGEST_EXPONENT) {
      throw new RangeError(`${JSON.stringify(text.slice(0, 40))} is not a decimal number.`);
    }
    return new Decimal(text);
  }

  toString(): string {
    return this.text;
  }

  /** A decimal is a JSON string, since a JSON number would lose digits in most readers. */
  toJSON(): string {
    return this.text;
  }
}

/**
 * Compares any two numbers of the value model exactly: negative, zero or positive as a sort function wants. A `number` stands for the
 * digits that it is printed with, whatever it meets: 0.1 equals the decimal 0.1, and 2^63 the `bigint` 9223372036854776000.
 * `NaN` compares with nothing: the result is `NaN`.
 */
export function compareNumbers(left: number | bigint | Decimal, right: number | bigint | Decimal): number {
  if (typeof left === "number" && typeof right === "number") return left - right || (left === right ? 0 : NaN);
  if (isWholly(left) && isWholly(right)) return left < right ? -1 : left > right ? 1 : left == right ? 0 : NaN;
  const [one, other] = [Number(left), Number(right)];
  // Rounding to the nearest keeps the order: only those that round to the same need all their digits.
  if (one < other) return -1;
  if (one > other) return 1;
  const special = compareSpecial(left, right);
  return special ?? compareScaled(scaled(left), scaled(right));
}

/** Whether JavaScript compares it with a `bigint` by the digits that it is printed with: beyond 2^53 it would take digits that nobody sees. */
function isWholly(number: number | bigint | Decimal): number is number | bigint {
  return typeof number === "bigint" || (typeof number === "number" && !(Math.abs(number) > Number.MAX_SAFE_INTEGER + 1));
}

/** One text for all numbers that are equal by {@link compareNumbers}, and for no other: `12.50`, `12.5` and the decimal of either are `125e-1`. */
export function numberText(number: number | bigint | Decimal): string {
  if (typeof number === "number" && !Number.isFinite(number)) return String(number);
  const { digits, scale } = scaled(number);
  if (digits === 0n) return "0";
  const text = digits.toString();
  const zeros = /0*$/.exec(text)?.[0].length ?? 0;
  return `${text.slice(0, text.length - zeros)}e${zeros - scale}`;
}

/** Infinity and NaN have no decimal digits. */
function compareSpecial(left: number | bigint | Decimal, right: number | bigint | Decimal): number | undefined {
  if (typeof left === "number" && !Number.isFinite(left)) return left;
  if (typeof right === "number" && !Number.isFinite(right)) return -right;
  return undefined;
}

interface Scaled {
  readonly digits: bigint;
  /** value = digits × 10^-scale */
  readonly scale: number;
}

/** Shifts that would build a number of thousands of digits are decided by magnitude first. */
function compareScaled(left: Scaled, right: Scaled): number {
  const sign = signOf(left.digits) - signOf(right.digits);
  if (sign !== 0) return sign;
  if (left.digits === 0n) return 0;
  const magnitude = magnitudeOf(left) - magnitudeOf(right);
  if (magnitude !== 0) return magnitude * signOf(left.digits);
  const scale = Math.max(left.scale, right.scale);
  return signOf(shift(left, scale) - shift(right, scale));
}

function shift(number: Scaled, scale: number): bigint {
  return number.digits * 10n ** BigInt(scale - number.scale);
}

function magnitudeOf(number: Scaled): number {
  const digits = number.digits < 0n ? -number.digits : number.digits;
  return digits.toString().length - number.scale;
}

function signOf(number: bigint): number {
  return number > 0n ? 1 : number < 0n ? -1 : 0;
}

function scaled(number: number | bigint | Decimal): Scaled {
  if (typeof number === "bigint") return { digits: number, scale: 0 };
  const match = FORM.exec(number instanceof Decimal ? number.text : String(number));
  if (match === null) throw new RangeError("not a decimal number");
  const [, sign, whole = "", fraction = "", exponent = "0"] = match;
  return { digits: BigInt(`${sign === "-" ? "-" : ""}${whole}${fraction}`), scale: fraction.length - Number(exponent) };
}
