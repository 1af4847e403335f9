import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll } from "vitest";
import { describeSource, type SourceDriver } from "@backstitch/core/testing";
import { startDynamoDb, type LocalDynamoDb } from "@backstitch/sandbox/dynamodb";
import { dynamoDbSource } from "@backstitch/sources/dynamodb";
import { createTable, KEYS } from "./support/dynamodb-table.ts";

let server: LocalDynamoDb;
beforeAll(async () => {
  server = await startDynamoDb();
});
afterAll(() => server.stop());

describeSource("dynamodb, in the one shard that the emulator has,", emulatorDriver, { rowsElsewhere: true });

/** In pages of ten the pace that AWS asks for, five a second, would take half a minute. */
const sleep = async (ms: number, signal: AbortSignal): Promise<void> => wait(ms / 10, undefined, { signal }).catch(() => undefined);

async function emulatorDriver(): Promise<SourceDriver> {
  const table = await createTable(server.url);
  const options = { ...KEYS, name: "shop", table: table.name, endpoint: server.url, region: "eu-central-1" };
  return {
    source: () => dynamoDbSource({ ...options, startAt: "trim-horizon", sleep, batch: { events: 10 } }),
    write: table.write,
    close: table.drop,
  };
}
