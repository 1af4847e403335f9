import { SourceMisconfigured } from "@backstitch/core/source";

/**
 * `expired`: the iterator is older than 15 minutes. `trimmed`: what it stands at is gone. `missing`: the stream or the shard is gone.
 * `again`: too fast, or DynamoDB cannot just now.
 */
export type FailureKind = "expired" | "trimmed" | "missing" | "again";

export class StreamsFailure extends Error {
  override readonly name = "StreamsFailure";
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html#API_streams_GetRecords_Errors */
const KINDS: ReadonlyMap<string, FailureKind> = new Map([
  ["ExpiredIteratorException", "expired"],
  ["TrimmedDataAccessException", "trimmed"],
  ["ResourceNotFoundException", "missing"],
  ["LimitExceededException", "again"],
  ["ThrottlingException", "again"],
  ["ProvisionedThroughputExceededException", "again"],
  ["RequestLimitExceeded", "again"],
]);

const REFUSED_KEYS = /^(?:UnrecognizedClient|InvalidSignature|IncompleteSignature|MissingAuthenticationToken|InvalidClientTokenId)/;
const ACTIONS =
  "dynamodb:DescribeStream, dynamodb:GetShardIterator, dynamodb:GetRecords and, to find a table's stream, dynamodb:ListStreams";

/** What the SDK throws, as far as it is looked at. */
interface SdkError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** A name that AWS or Node could have given: anything else is not repeated. */
const CODE = /^[A-Za-z][A-Za-z0-9_.]{0,80}$/;

/** In our words: AWS's name addresses, keys and users. */
export function failureOf(source: string, operation: string, error: unknown): Error {
  const thrown: SdkError = typeof error === "object" && error !== null ? error : {};
  const status = thrown.$metadata?.httpStatusCode;
  const code = [thrown.code, thrown.name].find((name): name is string => typeof name === "string" && CODE.test(name)) ?? "no code";
  const name = typeof thrown.name === "string" ? thrown.name : "";
  const refused = refusalOf(source, operation, name);
  if (refused !== undefined) return refused;
  const said = status === undefined ? `DynamoDB Streams could not be asked (${code})` : `DynamoDB Streams answered ${status} ${code}`;
  const message = `${operation}: ${said}.`;
  const kind = KINDS.get(name) ?? (status === undefined || status < 400 || status >= 500 ? "again" : undefined);
  return kind === undefined ? new Error(message) : new StreamsFailure(kind, message);
}

/** A request that is signed for another time is refused as one that is signed wrongly. */
function clockHint(name: string): string {
  return name.startsWith("InvalidSignature")
    ? " Where they are, set this machine's clock: AWS takes no request that is five minutes off."
    : "";
}

function refusalOf(source: string, operation: string, name: string): Error | undefined {
  if (name === "AccessDeniedException")
    return new SourceMisconfigured(`Source "${source}" may not call ${operation}: let its credentials use ${ACTIONS}.`);
  if (REFUSED_KEYS.test(name))
    return new SourceMisconfigured(
      `Source "${source}": AWS does not know its credentials (${name}). Give accessKeyId and secretAccessKey that are in use.${clockHint(name)}`,
    );
  // The chain may find others the next time: a role's are renewed, a profile's by a login.
  if (name === "CredentialsProviderError" || name.startsWith("ExpiredToken"))
    return new Error(
      `No usable AWS credentials were found (${name}). Give accessKeyId and secretAccessKey, or let the environment, a profile or a role provide them.`,
    );
  return undefined;
}
