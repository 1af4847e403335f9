/** Three hexadecimal digits, with zeros in front. */
const DIGITS: readonly string[] = Array.from({ length: 4096 }, (_, number) => number.toString(16).toUpperCase().padStart(3, "0"));
const LOWEST = 0xfff;

/**
 * The ids of a transaction's rows: `prefix`, LSN of the change, `/`, number. The same for the same row on every read.
 * Neighbours share all but the last digits of their LSN.
 */
export function createRowIds(prefix: string): (high: number, low: number, index: number) => string {
  let sharedHigh = -1;
  let sharedLow = -1;
  let shared = "";
  return (high, low, index) => {
    const middle = low >>> 12;
    if (high === 0 && middle === 0) return `${prefix}${low.toString(16).toUpperCase()}/${index}`;
    if (high !== sharedHigh || middle !== sharedLow) {
      sharedHigh = high;
      sharedLow = middle;
      shared = prefix + hexadecimal(high, middle);
    }
    return `${shared}${DIGITS[low & LOWEST]}/${index}`;
  };
}

function hexadecimal(high: number, middle: number): string {
  const digits = middle.toString(16);
  return (high === 0 ? digits : high.toString(16) + digits.padStart(5, "0")).toUpperCase();
}
