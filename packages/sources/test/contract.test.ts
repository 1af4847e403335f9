import { appendFile, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll } from "vitest";
import { describeSource, type SourceChange, type SourceDriver } from "@backstitch/core/testing";
import { jsonlSource } from "@backstitch/sources/jsonl";
import { postgresDriver } from "./support/postgres-driver.ts";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";

let server: LocalPostgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

for (const needsBefore of [false, true]) {
  describeSource(`postgres ${needsBefore ? "with the row before" : "with the key alone"}`, () => postgresDriver(server.url, needsBefore), {
    canLose: true,
    rowsElsewhere: true,
  });
}
describeSource("jsonl from a file", fileDriver, { canLose: true, rowsElsewhere: true });
describeSource("jsonl from a stream", streamDriver);

async function fileDriver(): Promise<SourceDriver> {
  const folder = await mkdtemp(join(tmpdir(), "backstitch-jsonl-"));
  const path = join(folder, "events.jsonl");
  await writeFile(path, "");
  return {
    source: () => jsonlSource({ name: "file", input: { path }, batch: { events: 10 } }),
    write: (changes) => appendFile(path, changes.map(lineOf).join("")),
    lose: () => truncate(path, 1),
    close: () => rm(folder, { recursive: true }),
  };
}

async function streamDriver(): Promise<SourceDriver> {
  const stream = new PassThrough();
  const source = jsonlSource({ name: "stream", input: { stream }, batch: { events: 10 } });
  return {
    source: () => source,
    async write(changes) {
      stream.write(changes.map(lineOf).join(""));
    },
  };
}

function lineOf(change: SourceChange): string {
  const key = { id: change.id };
  const after = "name" in change ? { after: { ...key, name: change.name } } : {};
  return `${JSON.stringify({ operation: change.operation, collection: "item", key, ...after })}\n`;
}
