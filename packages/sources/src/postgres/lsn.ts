/** A place in the write-ahead log: 64 bits. PostgreSQL prints it as two hexadecimal halves, `16/B374D848`. */
export type Lsn = bigint;

const FORM = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/;

/** @throws RangeError when the text is not an LSN. */
export function parseLsn(text: string): Lsn {
  const match = FORM.exec(text);
  if (match === null) throw new RangeError(`${JSON.stringify(text.slice(0, 40))} is not a log position like 16/B374D848.`);
  return (BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`);
}

export function formatLsn(lsn: Lsn): string {
  return `${(lsn >> 32n).toString(16)}/${(lsn & 0xffffffffn).toString(16)}`.toUpperCase();
}
