import type { Document } from "bson";

const NAMES: ReadonlyMap<number, string> = new Map([
  [2, "BadValue"],
  [13, "Unauthorized"],
  [18, "AuthenticationFailed"],
  [26, "NamespaceNotFound"],
  [43, "CursorNotFound"],
  [47, "NoMatchingDocument"],
  [59, "CommandNotFound"],
  [237, "CursorKilled"],
  [260, "InvalidResumeToken"],
  [280, "ChangeStreamFatalError"],
  [286, "ChangeStreamHistoryLost"],
  [10334, "BSONObjectTooLarge"],
  [11000, "DuplicateKey"],
]);

/** What drivers may read a change stream again after. https://github.com/mongodb/specifications/blob/master/source/change-streams/change-streams.md#resumable-error */
const RESUMABLE: readonly number[] = [6, 7, 63, 89, 91, 133, 150, 189, 234, 262, 9001, 10107, 11600, 11602, 13388, 13435, 13436];

/** What the server answers with `ok: 0`. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** In the server's own form; on a change stream it says which errors a client may go on after. */
export function errorReply({ code, message }: CommandFailed, command: string, labels?: readonly string[]): Document {
  const streams = command === "aggregate" || command === "getMore";
  const own = streams && RESUMABLE.includes(code) ? ["ResumableChangeStreamError"] : [];
  const told = labels ?? own;
  return {
    ok: 0,
    errmsg: message,
    code,
    codeName: NAMES.get(code) ?? `Location${code}`,
    ...(told.length > 0 ? { errorLabels: told } : {}),
  };
}
