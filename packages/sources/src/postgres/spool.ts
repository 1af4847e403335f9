import { createSpooled, type KeptMessage, type Spooled, type StreamedMessage } from "./spooled.ts";

/** Keeps what the server sends of transactions that have not ended. */
export interface Spool {
  /** @param top The transaction. @throws Error where what is too much for the memory cannot be written to a file. */
  add(top: number, message: StreamedMessage): void;
  /** What a program tells of its rows was added. */
  tell(top: number): void;
  /** A transaction, or a part of one, was rolled back. */
  abort(top: number, xid: number): void;
  /** Hands out what was kept of a transaction that is committed. */
  take(top: number): CommittedMessages;
  close(): void;
}

export interface CommittedMessages {
  /** Whether what a program told may have been rolled back: it comes without the part of the transaction that it is of. */
  readonly inDoubt: boolean;
  /** In order. What was rolled back is passed over, but for what the server says once: it does not say it again. */
  next(): KeptMessage | undefined;
  close(): void;
}

/** @default 16777216 (16 MB) for all transactions together */
export const SPOOL_BYTES = 16 * 1024 * 1024;

interface Open {
  readonly kept: Spooled;
  readonly aborted: Set<number>;
  told: boolean;
  inDoubt: boolean;
}

export function createSpool(most: number = SPOOL_BYTES): Spool {
  const open = new Map<number, Open>();
  /** At most so many are in memory: what has ended since is counted. */
  let bytes = 0;

  function openOf(top: number): Open {
    const found = open.get(top) ?? { kept: createSpooled(), aborted: new Set(), told: false, inDoubt: false };
    open.set(top, found);
    return found;
  }

  function close(top: number): void {
    open.get(top)?.kept.close();
    open.delete(top);
  }

  /** The largest goes, so that small ones never do. */
  function makeRoom(): void {
    const all = [...open.values()].map(({ kept }) => kept);
    bytes = all.reduce((sum, one) => sum + one.bytes, 0);
    if (bytes <= most) return;
    const largest = all.reduce((one, other) => (other.bytes > one.bytes ? other : one));
    bytes -= largest.bytes;
    largest.spill();
  }

  return {
    add(top, message) {
      bytes += openOf(top).kept.add(message);
      if (bytes <= most) return;
      try {
        makeRoom();
      } catch (error) {
        throw unkept(error);
      }
    },
    tell: (top) => void (openOf(top).told = true),
    abort(top, xid) {
      if (top === xid) return close(top);
      const part = openOf(top);
      part.aborted.add(xid);
      part.inDoubt ||= part.told;
    },
    take(top) {
      const { kept, aborted, inDoubt } = openOf(top);
      return { inDoubt, next: () => nextCommitted(kept, aborted), close: () => close(top) };
    },
    close() {
      for (const top of open.keys()) close(top);
    },
  };
}

const RELATION = 0x52;
const TYPE = 0x59;

function nextCommitted(kept: Spooled, aborted: ReadonlySet<number>): KeptMessage | undefined {
  for (;;) {
    const message = kept.next();
    if (message === undefined || !aborted.has(message.xid)) return message;
    const tag = message.buffer[message.at];
    if (tag === RELATION || tag === TYPE) return message;
  }
}

function unkept(error: unknown): Error {
  const code = (error as { code?: unknown } | null)?.code;
  return new Error(
    `What the server sends of large transactions before they end cannot be kept in a temporary file (${typeof code === "string" ? code : "no code"}). Make room in the folder that TMPDIR names, or set "streaming" to false.`,
  );
}
