import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DynamoDBClient,
  PutItemCommand,
  UpdateTableCommand,
  type AttributeValue,
  type StreamViewType,
} from "@aws-sdk/client-dynamodb";
import type { SourceChange } from "@backstitch/core/testing";

export const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "hunter2" };

/** A table whose key is the number `id`, with its stream on. */
export interface StreamedTable {
  readonly name: string;
  readonly client: DynamoDBClient;
  write(changes: readonly SourceChange[]): Promise<void>;
  put(item: Record<string, AttributeValue>): Promise<void>;
  stream(view: StreamViewType | undefined): Promise<void>;
  drop(): Promise<void>;
}

let tables = 0;

export async function createTable(endpoint: string, view: StreamViewType = "NEW_AND_OLD_IMAGES"): Promise<StreamedTable> {
  const client = new DynamoDBClient({ endpoint, region: "eu-central-1", credentials: KEYS, maxAttempts: 1 });
  const name = `item${(tables += 1)}`;
  const TableName = name;
  await client.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "N" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
      StreamSpecification: { StreamEnabled: true, StreamViewType: view },
    }),
  );
  const put = async (Item: Record<string, AttributeValue>): Promise<void> =>
    void (await client.send(new PutItemCommand({ TableName, Item })));
  return {
    name,
    client,
    put,
    async write(changes) {
      if (changes.every(({ operation }) => operation === "insert")) return insertAll(client, TableName, changes);
      for (const change of changes) {
        if ("name" in change) await put(itemOf(change));
        else await client.send(new DeleteItemCommand({ TableName, Key: { id: { N: String(change.id) } } }));
      }
    },
    async stream(StreamViewType) {
      const StreamSpecification = StreamViewType === undefined ? { StreamEnabled: false } : { StreamEnabled: true, StreamViewType };
      await client.send(new UpdateTableCommand({ TableName, StreamSpecification }));
    },
    async drop() {
      await client.send(new DeleteTableCommand({ TableName }));
      client.destroy();
    },
  };
}

/** DynamoDB takes 25 at once. */
async function insertAll(client: DynamoDBClient, table: string, changes: readonly SourceChange[]): Promise<void> {
  const puts = changes.map((change) => ({ PutRequest: { Item: itemOf(change) } }));
  for (let start = 0; start < puts.length; start += 25)
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: puts.slice(start, start + 25) } }));
}

function itemOf(change: SourceChange): Record<string, AttributeValue> {
  return { id: { N: String(change.id) }, ...("name" in change ? { name: { S: change.name } } : {}) };
}
