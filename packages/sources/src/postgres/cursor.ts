/** A place in a message. Reading past the end throws a RangeError. */
export interface Cursor {
  readonly buffer: Buffer;
  at: number;
}

export function readByte(cursor: Cursor): number {
  return cursor.buffer.readUInt8(cursor.at++);
}

export function readInt16(cursor: Cursor): number {
  const value = cursor.buffer.readUInt16BE(cursor.at);
  cursor.at += 2;
  return value;
}

export function readInt32(cursor: Cursor): number {
  const value = cursor.buffer.readUInt32BE(cursor.at);
  cursor.at += 4;
  return value;
}

export function readInt64(cursor: Cursor): bigint {
  const value = cursor.buffer.readBigUInt64BE(cursor.at);
  cursor.at += 8;
  return value;
}

/** A text ended by a zero byte. */
export function readName(cursor: Cursor): string {
  const end = cursor.buffer.indexOf(0, cursor.at);
  if (end < 0) throw new RangeError("a name without an end");
  const name = cursor.buffer.toString("utf8", cursor.at, end);
  cursor.at = end + 1;
  return name;
}

/** A text of so many bytes. */
export function readText(cursor: Cursor, length: number): string {
  const end = cursor.at + length;
  if (end > cursor.buffer.length) throw new RangeError("a text longer than its message");
  const text = cursor.buffer.toString("utf8", cursor.at, end);
  cursor.at = end;
  return text;
}
