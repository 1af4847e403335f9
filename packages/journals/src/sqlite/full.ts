import { JournalFull } from "@backstitch/core/journal";

/** What passes by itself, as the JournalFull that is waited for; undefined: anything else. */
export function fullOf(error: unknown): JournalFull | undefined {
  if (isLocked(error)) return new JournalFull(LOCKED_MESSAGE, { cause: error });
  return isNoRoom(error) ? new JournalFull(NO_ROOM_MESSAGE, { cause: error }) : undefined;
}

/** SQLITE_FULL, and the forms in which a quota or a full file system of the -wal and -shm files shows: IOERR_WRITE, IOERR_SHMSIZE. */
const NO_ROOM = new Set([13, 778, 4874]);
/** What the system says of a file that cannot be made. */
const NO_ROOM_CODES = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);
const NO_ROOM_MESSAGE = "There is no room on the journal's disk; nothing was stored. It goes on by itself when there is room.";

function isNoRoom(error: unknown): boolean {
  const { errcode = 0, code = "" } = error as { errcode?: number; code?: string };
  return NO_ROOM.has(errcode) || NO_ROOM_CODES.has(code);
}

/** SQLITE_BUSY in all its forms, which differ above the lowest byte. */
function isLocked(error: unknown): boolean {
  return ((error as { errcode?: number }).errcode ?? 0) % 256 === 5;
}

const LOCKED_MESSAGE = "Another program keeps the journal locked; nothing was stored. It goes on by itself when that one lets go.";
