/** Builds replication messages byte by byte. */
export const name = (text: string): Buffer => Buffer.from(`${text}\0`);
export const int = (value: number, bytes: number): Buffer => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
};
export const cell = (text: string): Buffer => Buffer.concat([Buffer.from("t"), int(Buffer.byteLength(text), 4), Buffer.from(text)]);
export const tuple = (kind: string, ...cells: Buffer[]): Buffer => Buffer.concat([Buffer.from(kind), int(cells.length, 2), ...cells]);

/** As it comes over the socket. */
export const frame = (content: Buffer): Buffer => Buffer.concat([Buffer.from("d"), int(4 + content.length, 4), content]);

/** As `pg_logical_emit_message` has the server send it. */
export const logical = (flags: number, prefix: string, content: string): Buffer =>
  Buffer.concat([Buffer.from("M"), int(flags, 1), Buffer.alloc(8), name(prefix), int(Buffer.byteLength(content), 4), Buffer.from(content)]);

export const RELATION = Buffer.concat([
  Buffer.from("R"),
  int(7, 4),
  name("public"),
  name("item"),
  Buffer.from("d"),
  int(1, 2),
  int(1, 1),
  name("id"),
  int(23, 4),
  int(0xffffffff, 4),
]);
