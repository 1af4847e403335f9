/** Takes the protocol's messages out of what the socket brings. https://www.postgresql.org/docs/current/protocol-message-formats.html */
export interface Frames {
  take(chunk: Buffer): void;
  /** Reads what was left when the listener wanted no more. Whether there was something. */
  goOn(): boolean;
}

export interface FrameListener {
  /** The content of a CopyData message. Whether more can be taken: what follows waits for {@link Frames.goOn}. Must not throw. */
  readonly onData: (buffer: Buffer, at: number, end: number) => boolean;
  /** Any other message, whole. */
  readonly onOther: (frame: Buffer) => void;
}

const COPY_DATA = 0x64;
/** One byte says what it is, four how long it is, counting themselves. */
const HEADER = 5;

export function createFrames(listener: FrameListener): Frames {
  let parts: Buffer[] = [];
  let bytes = 0;
  let wanted = HEADER;
  let blocked = false;

  function keep(chunk: Buffer, least: number): void {
    wanted = least;
    bytes += chunk.length;
    parts.push(chunk);
  }

  function goOn(): boolean {
    blocked = false;
    if (bytes < wanted) return false;
    const [first] = parts;
    const buffer = parts.length === 1 && first !== undefined ? first : Buffer.concat(parts, bytes);
    parts = [];
    bytes = 0;
    read(buffer);
    return true;
  }

  function read(buffer: Buffer): void {
    let at = 0;
    while (at + HEADER <= buffer.length) {
      const end = at + 1 + Math.max(HEADER - 1, buffer.readUInt32BE(at + 1));
      if (end > buffer.length) return keep(buffer.subarray(at), end - at);
      if (buffer[at] !== COPY_DATA) listener.onOther(buffer.subarray(at, end));
      else if (!listener.onData(buffer, at + HEADER, end)) {
        blocked = true;
        return keep(buffer.subarray(end), HEADER);
      }
      at = end;
    }
    if (at < buffer.length) keep(buffer.subarray(at), HEADER);
    else wanted = HEADER;
  }

  return {
    take(chunk) {
      keep(chunk, wanted);
      if (!blocked) goOn();
    },
    goOn,
  };
}
