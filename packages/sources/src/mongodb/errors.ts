import { PositionLost, SourceMisconfigured } from "@backstitch/core/source";
import type { Settings } from "./options.ts";
import { timeOfToken, type Token } from "./position.ts";

/** What of a server's error is looked at. https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml */
interface ServerError {
  readonly code: number;
  readonly codeName?: unknown;
}

/** InvalidResumeToken, ChangeStreamFatalError, ChangeStreamHistoryLost, CappedPositionLost: what follows the token cannot be had. */
const LOST: readonly unknown[] = [260, 280, 286, 136];

/** The watched collection was dropped or renamed, or its database was dropped: the stream ends, and what comes later is another collection's. */
export class Invalidated extends Error {
  override readonly name = "Invalidated";
  /** The invalidation's own, behind which another stream can start. */
  readonly token: Token;

  constructor(token: Token) {
    super("The change stream was invalidated.");
    this.token = token;
  }
}

/** Whether the server says that changes cannot be had any more. */
export function isLost(error: unknown): boolean {
  return isServerError(error) && LOST.includes(error.code);
}

/** An error of the driver as the runtime reads it; `from` is the journal's position. The connection string is in none. */
export function explain(error: unknown, settings: Settings, from: { readonly text: string; readonly token: Token } | undefined): unknown {
  const { name, startAt } = settings;
  if (error instanceof Invalidated) return new PositionLost(name, from?.text ?? "its start", undefined, invalidated(settings));
  if (isLost(error)) {
    if (from !== undefined) return new PositionLost(name, from.text, undefined, lost(timeOfToken(from.token)));
    if (startAt !== undefined)
      return new SourceMisconfigured(
        `Source "${name}" cannot start at its "startAt": the oplog does not reach back to it. Give a later time.`,
      );
  }
  const why = isServerError(error) ? remedyOf(error, settings) : refusedByDriver(error, settings);
  if (why !== undefined) return new SourceMisconfigured(`Source "${name}" cannot be read: ${why}`);
  return isForeign(error) ? new Error(redact(error.message, settings.connectionString)) : error;
}

function isServerError(error: unknown): error is Error & ServerError {
  return isForeign(error) && "code" in error && typeof error.code === "number";
}

/** Errors of the driver tell of themselves in ways that may hold what nobody should read; ours, and the journal's, do not. */
function isForeign(error: unknown): error is Error {
  return error instanceof Error && error.name.startsWith("Mongo");
}

/** What the driver will not even ask a server: a name that cannot be, a package or a file that is not there. */
function refusedByDriver(error: unknown, { connectionString }: Settings): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, syscall } = error as { readonly code?: unknown; readonly syscall?: unknown };
  if (syscall === "open")
    return `the connection string names a file that cannot be opened (${String(code)}). Look at its tlsCAFile and tlsCertificateKeyFile.`;
  const { cause } = error;
  const isRefusal = [error, cause].some((one) => one instanceof Error && REFUSALS.includes(one.name));
  return isRefusal ? `${redact(error.message, connectionString).replace(/\.$/, "")}.` : undefined;
}

const REFUSALS = ["MongoInvalidArgumentError", "MongoMissingCredentialsError", "MongoMissingDependencyError", "MongoParseError"];

function lost(since: string | undefined): string {
  const time = since === undefined ? "" : ` (${since})`;
  return `the oplog no longer holds what follows it${time}, or is another deployment's. Set "onLost": "restart-now" to go on from now, with a dead letter that says what was missed; and let the oplog reach further back (storage.oplogMinRetentionHours).`;
}

function invalidated({ database, collection }: Settings): string {
  const what =
    collection === undefined
      ? `the database "${database}" was dropped`
      : `the collection "${database}.${collection}" was dropped or renamed`;
  return `${what}, which ends its change stream. Set "onLost": "restart-now" to go on with what has that name since.`;
}

function remedyOf({ code, codeName }: ServerError, settings: Settings): string | undefined {
  switch (code) {
    case 40573:
      return `the server is not part of a replica set, and only those have change streams. Start it with --replSet and run rs.initiate(); one member is enough.`;
    case 13:
      return `${userOf(settings)} may not watch ${placeOf(settings)}. Grant it a role with the actions find and changeStream there, such as ${roleOf(settings)}.`;
    case 18:
    case 8000:
      return `the server does not accept the user or the password. Look at both, and at authSource, the database that the user is defined in ("admin" unless the connection string says otherwise).`;
    case 47:
      return `an image of a document is "required" and the server has none. Switch changeStreamPreAndPostImages on for the collection, keep images for longer than the source may be behind, or ask for "whenAvailable".`;
    case 40324:
      return `the server knows no $changeStreamSplitLargeEvent, which MongoDB has since 6.0.9. Set "splitLargeEvents": false.`;
    case 10334:
      return `an event is larger than 16 MB. Set "splitLargeEvents": true (MongoDB 6.0.9), or do without "fullDocumentBeforeChange".`;
    case 40415:
      return `the server does not know an option of its change stream. Images (fullDocumentBeforeChange, "whenAvailable", "required") need MongoDB 6.0.`;
    default:
      // Older servers number it by the place in their code.
      return codeName === "BSONObjectTooLarge" ? remedyOf({ code: 10334 }, settings) : undefined;
  }
}

function userOf({ connectionString }: Settings): string {
  return /@|authMechanism=/.test(connectionString) ? "its user" : "nobody (the connection string names no user)";
}

function placeOf({ database, collection }: Settings): string {
  if (database === undefined) return "all databases";
  return collection === undefined ? `the database "${database}"` : `the collection "${database}.${collection}"`;
}

function roleOf({ database }: Settings): string {
  return database === undefined ? `"readAnyDatabase" on "admin"` : `"read" on "${database}"`;
}

/** Without the connection string, and without its user and password in either spelling. */
function redact(message: string, connectionString: string): string {
  const [, userinfo = ""] = /^[a-z0-9+]+:\/\/([^@/]*)@/i.exec(connectionString) ?? [];
  const written = userinfo.split(":").filter((part) => part !== "");
  return [connectionString, ...written, ...written.map(decoded)].reduce((text, secret) => text.replaceAll(secret, "[secret]"), message);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
