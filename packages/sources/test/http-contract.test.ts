import { appendFile, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeSource, type SourceChange, type SourceDriver } from "@backstitch/core/testing";
import { httpSource } from "@backstitch/sources/http";

describeSource("http", postingDriver, { sentOnce: true, rowsElsewhere: true });

/** A sender with an outbox in a file: it posts line by line, and again to every new reader what was not answered 200. */
async function postingDriver(): Promise<SourceDriver> {
  const folder = await mkdtemp(join(tmpdir(), "backstitch-http-"));
  const outbox = join(folder, "outbox.jsonl");
  await writeFile(outbox, "");
  let sent = 0;
  let url: string | undefined;
  let posting: Promise<void> = Promise.resolve();

  /** Ends where nothing is left, or nobody takes it. */
  async function post(): Promise<void> {
    for (let line = await lineAt(outbox, sent); line !== undefined; line = await lineAt(outbox, sent)) {
      if (url === undefined) return;
      const response = await fetch(url, { method: "POST", body: line.text, headers: { "content-type": "application/json" } }).catch(
        () => undefined,
      );
      await response?.arrayBuffer();
      if (response?.status !== 200) return;
      sent = line.end;
    }
  }

  return {
    source: () =>
      httpSource({
        name: "web",
        accepts: "backstitch",
        port: 0,
        authentication: "none",
        batch: { events: 10 },
        listening(at) {
          url = at;
          posting = posting.then(post);
        },
      }),
    async write(changes) {
      await appendFile(outbox, changes.map(lineOf).join(""));
      posting = posting.then(post);
    },
    async close() {
      url = undefined;
      await posting;
      await rm(folder, { recursive: true });
    },
  };
}

let written = 0;

function lineOf(change: SourceChange): string {
  const key = { id: change.id };
  const after = "name" in change ? { after: { ...key, name: change.name } } : {};
  return `${JSON.stringify({ id: `change-${++written}`, operation: change.operation, collection: "item", key, ...after })}\n`;
}

const LONGEST_LINE = 65_536;

async function lineAt(path: string, from: number): Promise<{ readonly text: string; readonly end: number } | undefined> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(LONGEST_LINE), position: from });
    const end = buffer.subarray(0, bytesRead).indexOf("\n");
    return end === -1 ? undefined : { text: buffer.toString("utf8", 0, end), end: from + end + 1 };
  } finally {
    await file.close();
  }
}
