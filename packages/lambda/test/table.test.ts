import { CreateTableCommand, DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { startDynamoDb, type LocalDynamoDb } from "@backstitch/sandbox/dynamodb";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { bench, type Bench } from "./support/invocation.ts";

/** As Lambda's own network may be: the table is away. */
const NOWHERE = "http://127.0.0.1:9";

let server: LocalDynamoDb;
let open: Bench | undefined;
const failures: unknown[] = [];

beforeAll(async () => {
  server = await startDynamoDb();
  const client = new DynamoDBClient(clientTo(server.url));
  await client.send(
    new CreateTableCommand({
      TableName: "remembered",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    }),
  );
  client.destroy();
});
afterAll(() => server.stop());
afterEach(async () => {
  await open?.close();
  open = undefined;
});

function clientTo(endpoint: string) {
  return { endpoint, region: "eu-central-1", credentials: { accessKeyId: "AKIA", secretAccessKey: "a-secret" }, maxAttempts: 1 };
}

async function remembering(keyPrefix: string, endpoint = server.url): Promise<Bench> {
  const remember = { table: "remembered", keyPrefix, client: clientTo(endpoint) };
  open = await bench({ handler: { remember }, observe: { memoryFailed: (error) => failures.push(error) } });
  return open;
}

async function stored(prefix: string): Promise<string[]> {
  const client = new DynamoDBClient(clientTo(server.url));
  const { Items = [] } = await client.send(new ScanCommand({ TableName: "remembered" }));
  client.destroy();
  const own = Items.filter(({ id }) => id?.S?.startsWith(`${prefix}#`) === true);
  return own.map(({ status, data }) => `${status?.S} ${data?.S ?? ""}`.trim()).sort();
}

test("a table remembers over containers what was accepted, lettered or doubtful, and nothing of what did not happen", async () => {
  const it = await remembering("whole");
  it.far.script("b", 400);
  it.far.script("c", 500);
  it.far.script("d", 401);
  it.far.onArrival = ({ name }) => {
    if (name === "c") it.left = 2_000;
  };
  const items = [{ name: "a" }, { name: "b" }, { name: "c", hold: true }];
  expect(await it.carry("sqs", items)).toEqual([]);
  expect(await stored("whole")).toEqual(["COMPLETED done", "COMPLETED done", "COMPLETED done"]);
  it.restart();
  it.left = 60_000;
  expect(await it.carry("sqs", [...items, { name: "d" }])).toEqual(["d"]);
  expect(it.far.names().sort()).toEqual(["a", "b", "c", "d"]);
  expect(await stored("whole")).toHaveLength(3);
});

test("two functions that share a table, each with its prefix, know nothing of each other", async () => {
  const first = await remembering("first");
  await first.invoke([{ name: "a" }]);
  await first.close();
  const second = await remembering("second");
  await second.invoke([{ name: "a" }]);
  expect(second.far.names()).toEqual(["a"]);
});

test("while it is being done it is in progress, and another invocation leaves it alone", async () => {
  const it = await remembering("busy");
  it.far.script("a", "hang");
  const arrived = Promise.withResolvers<void>();
  it.far.onArrival = () => arrived.resolve();
  void it.invoke([{ name: "a" }]);
  await arrived.promise;
  expect(await stored("busy")).toEqual(["INPROGRESS"]);
  it.restart();
  expect(await it.invoke([{ name: "a" }])).toBe(0);
  expect(it.far.names()).toEqual(["a"]);
});

test("a table that is away: nothing is begun, and the records come again", async () => {
  const it = await remembering("away", NOWHERE);
  expect(await it.invoke([{ name: "a" }])).toBe(0);
  expect(it.far.names()).toEqual([]);
  expect(failures).toHaveLength(1);
});
