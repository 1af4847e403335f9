import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeSource, type SourceChange, type SourceDriver } from "@backstitch/core/testing";
import { startDynamoDb } from "@backstitch/sandbox/dynamodb";
import { dynamoDbSource } from "@backstitch/sources/dynamodb";
import { hasJava, startDynamoDbLocal } from "./support/dynamodb-local.ts";
import type { PeerOrder } from "./support/dynamodb-peer-main.ts";
import { peerSource } from "./support/dynamodb-peer.ts";
import { createTable, KEYS } from "./support/dynamodb-table.ts";

/** The contract is about the order of all changes, which one shard has. */
describe("over the emulator dynoxide", () => {
  const server = started(startDynamoDb);
  // It forgets nothing; where a stream is switched off and on again, the new one answers by the old one's name.
  describeSource("dynamodb", () => tableDriver(server.url, false));
});

describe("over a stand-in, whose records can be trimmed", () => {
  // One process for all: to start it takes longer than most tests do.
  let peers: ChildProcess;
  beforeAll(async () => {
    peers = fork(new URL("support/dynamodb-peer-main.ts", import.meta.url), { serialization: "advanced" });
    await once(peers, "message");
  });
  afterAll(async () => {
    const exited = once(peers, "exit");
    peers.kill();
    await exited;
  });
  describeSource("dynamodb", () => peerDriver(peers), { canLose: true, rowsElsewhere: true });
});

if (hasJava()) {
  describe("over DynamoDB Local", () => {
    const server = started(startDynamoDbLocal);
    describeSource("dynamodb", () => tableDriver(server.url, true));
  });
} else {
  test("not over DynamoDB Local, which needs Java: there is none on this machine", () => expect(hasJava()).toBe(false));
}

interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

function started(start: () => Promise<Server>): { readonly url: string } {
  let server: Server | undefined;
  beforeAll(async () => void (server = await start()));
  afterAll(() => server?.stop());
  return {
    get url() {
      return server?.url ?? "";
    },
  };
}

async function tableDriver(url: string, sorted: boolean): Promise<SourceDriver> {
  const table = await createTable(url);
  const options = { ...KEYS, name: "shop", table: table.name, endpoint: url, region: "eu-central-1" };
  return {
    source: () => dynamoDbSource({ ...options, startAt: "trim-horizon", batch: { events: 10 } }),
    write: sorted ? (changes) => oneByOne(changes, table.write) : table.write,
    close: table.drop,
  };
}

/** DynamoDB promises no order within a batch. */
async function oneByOne(changes: readonly SourceChange[], write: (changes: readonly SourceChange[]) => Promise<void>): Promise<void> {
  for (const change of changes) await write([change]);
}

async function peerDriver(peers: ChildProcess): Promise<SourceDriver> {
  async function order(what: PeerOrder): Promise<string> {
    peers.send(what);
    const [url] = (await once(peers, "message")) as [string];
    return url;
  }
  const url = await order("open");
  return {
    source: () => peerSource({ url }, { batch: { events: 10 } }),
    write: async (changes) => void (await order({ write: changes })),
    lose: async () => void (await order("trim")),
    close: async () => void (await order("close")),
  };
}
