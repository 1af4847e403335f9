/** A line without its line feed, and how far the input was read with it. */
export interface Line {
  readonly bytes: Buffer;
  /** Of its first byte. */
  readonly offset: number;
  /** After its line feed. */
  readonly end: number;
  /** Whether a line feed ended it; only the last one can lack it. */
  readonly ended: boolean;
}

const LINE_FEED = 0x0a;

/** Cuts what comes into lines: each array holds the lines that one chunk completed. A line is kept whole in memory. */
export async function* linesOf(chunks: AsyncIterable<Buffer>, from: number): AsyncGenerator<readonly Line[]> {
  let offset = from;
  let parts: Buffer[] = [];
  for await (const chunk of chunks) {
    const lines: Line[] = [];
    let start = 0;
    for (let feed = chunk.indexOf(LINE_FEED); feed >= 0; feed = chunk.indexOf(LINE_FEED, start)) {
      const bytes = joined(parts, chunk.subarray(start, feed));
      lines.push({ bytes, offset, end: offset + bytes.length + 1, ended: true });
      offset += bytes.length + 1;
      parts = [];
      start = feed + 1;
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
    if (lines.length > 0) yield lines;
  }
  const rest = joined(parts, Buffer.alloc(0));
  if (rest.length > 0) yield [{ bytes: rest, offset, end: offset + rest.length, ended: false }];
}

function joined(parts: readonly Buffer[], last: Buffer): Buffer {
  return parts.length === 0 ? last : Buffer.concat([...parts, last]);
}
