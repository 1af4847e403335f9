import { IdempotencyConfig, IdempotencyItemAlreadyExistsError, IdempotencyItemNotFoundError } from "@aws-lambda-powertools/idempotency";
import { BasePersistenceLayer, type IdempotencyRecord } from "@aws-lambda-powertools/idempotency/persistence";

/** Powertools' own layer over a map in place of a table, with the conditions that its DynamoDB layer writes under. */
export class MemoryLayer extends BasePersistenceLayer {
  readonly records = new Map<string, IdempotencyRecord>();
  /** Called before each request; what it throws is what the table answers. */
  fault: (request: "get" | "put" | "update" | "delete") => void = () => undefined;

  constructor(expiresAfterSeconds = 86_400) {
    super();
    this.configure({ config: new IdempotencyConfig({ expiresAfterSeconds, hashFunction: "sha256" }) });
  }

  protected override _getRecord(key: string): Promise<IdempotencyRecord> {
    return answered(() => {
      this.fault("get");
      const record = this.records.get(key);
      if (record === undefined) throw new IdempotencyItemNotFoundError();
      return record;
    });
  }

  protected override _putRecord(record: IdempotencyRecord): Promise<void> {
    return answered(() => {
      this.fault("put");
      const there = this.records.get(record.idempotencyKey);
      const isFree =
        there === undefined ||
        there.isExpired() ||
        (there.getStatus() === "INPROGRESS" && (there.inProgressExpiryTimestamp ?? Infinity) < Date.now());
      if (!isFree) throw new IdempotencyItemAlreadyExistsError("There is one.", there);
      this.records.set(record.idempotencyKey, record);
    });
  }

  protected override _updateRecord(record: IdempotencyRecord): Promise<void> {
    return answered(() => {
      this.fault("update");
      this.records.set(record.idempotencyKey, record);
    });
  }

  protected override _deleteRecord({ idempotencyKey }: IdempotencyRecord): Promise<void> {
    return answered(() => {
      this.fault("delete");
      this.records.delete(idempotencyKey);
    });
  }
}

async function answered<T>(answer: () => T): Promise<T> {
  await Promise.resolve();
  return answer();
}
