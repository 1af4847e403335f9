import { SourceMisconfigured } from "@backstitch/core/source";

/** The part of a persistence layer of Powertools for AWS Lambda that is used here. https://docs.aws.amazon.com/powertools/typescript/latest/features/idempotency/ */
export interface PersistenceLayer {
  /** Throws `IdempotencyItemNotFoundError`. */
  getRecord(data: string): Promise<LayerRecord>;
  /** Throws `IdempotencyItemAlreadyExistsError` where there is a record that has not expired. */
  saveInProgress(data: string, remainingTimeInMillis?: number): Promise<void>;
  saveSuccess(data: string, result: string): Promise<void>;
  deleteRecord(data: string): Promise<void>;
}

/** As Powertools has it. */
export interface LayerRecord {
  getStatus(): string;
  getResponse(): unknown;
  /** Epoch milliseconds at which the invocation that began it is over. */
  readonly inProgressExpiryTimestamp?: number | undefined;
}

/** A DynamoDB table: its partition key is the text `id`, and its time to live the number `expiration`. */
export interface RememberTable {
  readonly table: string;
  /** What stands before each id, where several functions share a table. @default the function's name */
  readonly keyPrefix?: string;
  /** How long a delivery is remembered: longer than its records can come again. Seconds. @default 14 days, as long as SQS keeps a message at most */
  readonly keepSeconds?: number;
  /** Of the DynamoDB client: `region`, `endpoint`, … @default the function's own */
  readonly client?: Readonly<Record<string, unknown>>;
}

/** A table, or a layer that was made elsewhere: its records must be kept for longer than records can come again. */
export type Remember = RememberTable | PersistenceLayer;

const FORTNIGHT = 14 * 24 * 60 * 60;
/** The function's time passes while it waits: a request that hangs must end well before that does. */
const REQUEST = { connectionTimeout: 1_000, requestTimeout: 2_000 };

/** @throws SourceMisconfigured where a package is not installed. */
export async function openLayer(remember: Remember): Promise<PersistenceLayer> {
  if (!("table" in remember)) return remember;
  const { table: tableName, keyPrefix, keepSeconds = FORTNIGHT, client = {} } = remember;
  const [{ IdempotencyConfig }, { DynamoDBPersistenceLayer }] = await loaded();
  const layer = new DynamoDBPersistenceLayer({ tableName, clientConfig: { requestHandler: REQUEST, ...client } });
  const config = new IdempotencyConfig({ expiresAfterSeconds: keepSeconds, hashFunction: "sha256" });
  layer.configure({ config, ...(keyPrefix === undefined ? {} : { keyPrefix }) });
  return layer;
}

/** Where a bundler sees that a failure is dealt with, it leaves what is not installed to this moment. */
function loaded() {
  return Promise.all([
    import("@aws-lambda-powertools/idempotency").catch(notLoaded),
    import("@aws-lambda-powertools/idempotency/dynamodb").catch(notLoaded),
  ]);
}

function notLoaded(error: unknown): never {
  const why = error instanceof Error ? error.message : typeof error;
  throw new SourceMisconfigured(
    `"remember" takes @aws-lambda-powertools/idempotency, @aws-sdk/client-dynamodb and @aws-sdk/lib-dynamodb, which could not be loaded: install them. ${why}`,
  );
}
