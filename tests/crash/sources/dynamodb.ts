import { CreateTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { startDynamoDb } from "@backstitch/sandbox/dynamodb";
import { startNetwork } from "../network.ts";
import { type CrashSource, tables } from "./source.ts";

const KEYS = { accessKeyId: "crash", secretAccessKey: "crash" };
const REGION = "eu-central-1";

/** Streams of an emulator that keeps everything in memory: it is cut off and never killed. Each table has a stream, and so a source, of its own. */
export async function dynamoDbCrashSource(started: AsyncDisposableStack): Promise<CrashSource> {
  const server = started.adopt(await startDynamoDb(), (one) => one.stop());
  const network = started.adopt(await startNetwork([server.url]), (one) => one.close());
  const client = started.adopt(new DynamoDBClient({ endpoint: server.url, region: REGION, credentials: KEYS }), (one) => one.destroy());
  for (const table of ["item", "note"]) await createTable(client, table);
  const sourceOf = (table: string): object => ({
    type: "dynamodb",
    table,
    region: REGION,
    endpoint: network.through(server.url),
    accessKeyId: KEYS.accessKeyId,
    secretAccessKey: { $secret: "DYNAMODB_SECRET" },
    startAt: "trim-horizon",
  });
  return {
    config: sourceOf("item"),
    notes: sourceOf("note"),
    environment: { DYNAMODB_SECRET: KEYS.secretAccessKey },
    network,
    ...tables(async (changes) => {
      for (const { collection, after } of changes) await client.send(new PutItemCommand({ TableName: collection, Item: itemOf(after) }));
    }),
  };
}

async function createTable(client: DynamoDBClient, TableName: string): Promise<void> {
  const create = new CreateTableCommand({
    TableName,
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "N" }],
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    BillingMode: "PAY_PER_REQUEST",
    StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
  });
  await client.send(create);
}

function itemOf(row: object): Record<string, { readonly N: string } | { readonly S: string }> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === "number" ? { N: `${value}` } : { S: value }]),
  );
}
