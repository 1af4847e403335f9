import { describe, expect, test, vi } from "vitest";
import { gateway, server, type TestGateway } from "./support.ts";
import { answerOn, open, raw } from "./raw.ts";

const postgres = server();
const SCHEMA =
  "CREATE TABLE notes (id int PRIMARY KEY, text text, data jsonb); INSERT INTO notes SELECT n, 'note ' || n, NULL FROM generate_series(1, 100) n";
const ANYBODY = { roles: [{ name: "anybody", read: true, write: true, insert: true }] };
const MB = 1_048_576;

async function notes(more: Parameters<typeof gateway>[3] = {}): Promise<TestGateway> {
  return gateway(postgres(), SCHEMA, { notes: ANYBODY }, more);
}

async function send(shop: TestGateway, body: string | ReadableStream): Promise<unknown> {
  const answer = await shop.ask("/v1/notes", { method: "POST", body, duplex: "half", headers: { "content-type": "application/json" } });
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.text.length).toBeLessThan(2_000);
  return [answer.status, (answer.body as { code: string }).code];
}

describe("bodies", () => {
  test("10 MB are refused, whether they are announced or come in chunks", async () => {
    await using shop = await notes();
    const text = JSON.stringify({ id: 500, text: "x".repeat(10 * MB) });
    expect(await send(shop, text)).toEqual([413, "BODY_TOO_LARGE"]);
    expect(await send(shop, new Blob([text]).stream())).toEqual([413, "BODY_TOO_LARGE"]);
  });

  test.each([
    ["10,000 levels", `${"[".repeat(10_000)}${"]".repeat(10_000)}`],
    ["10,000 levels of objects", `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`],
    ["a name twice", '{"id": 500, "id": 501}'],
    ["the same name in other letters", '{"id": 500, "\\u0069d": 501}'],
    ["nothing", ""],
    ["no UTF-8 within", '{"id": 500, "text": "\\ud800"}'],
    ["a name that is no text", '{"id": 500, "data": {"\\udc00": 1}}'],
    ["NUL", '{"id": 500, "text": "\\u0000"}'],
    ["a number beyond all", `{"id": 500, "data": 1e${"9".repeat(100)}}`],
    ["a number of many digits", `{"id": ${"9".repeat(100_000)}}`],
  ])("%s is refused in words", async (_, text) => {
    await using shop = await notes();
    const [status] = (await send(shop, text)) as [number];
    expect([400, 422]).toContain(status);
    expect(await shop.sql("SELECT id FROM notes WHERE id > 100")).toEqual([]);
  });

  test("one that breaks off is no failure of ours, whether it was announced or comes in chunks", async () => {
    const failed = vi.fn<(error: unknown) => void>();
    await using shop = await notes({ failed });
    const head = "POST /v1/notes HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    for (const rest of [
      "content-length: 50\r\n\r\n{",
      "transfer-encoding: chunked\r\n\r\n1\r\n{\r\n",
      "transfer-encoding: chunked\r\n\r\nno chunk\r\n",
    ]) {
      const socket = await open(shop.url);
      socket.end(`${head}${rest}`);
      await answerOn(socket);
    }
    expect((await shop.ask("/v1/notes/1")).status).toBe(200);
    expect(failed).not.toHaveBeenCalled();
  });

  test("hundreds of tags are compared with a large document in no more time than one", async () => {
    await using shop = await notes();
    await shop.sql("UPDATE notes SET data = (SELECT jsonb_agg(n) FROM generate_series(1, 90000) n) WHERE id = 1");
    const { status } = await shop.ask("/v1/notes/1", { headers: { "if-none-match": `${'"a",'.repeat(300)}"b"` } });
    expect(status).toBe(200);
  }, 15_000);

  test("a filter of many tests, and one that is deep, are refused", async () => {
    await using shop = await notes();
    for (const filter of [`{"$or":[${'{"id":1},'.repeat(600)}{"id":1}]}`, `${'{"$not":'.repeat(500)}{"id":1}${"}".repeat(500)}`]) {
      const { status, body } = await shop.ask(`/v1/notes?filter=${encodeURIComponent(filter)}`);
      expect([status, (body as { code: string }).code]).toEqual([400, "FILTER_INVALID"]);
    }
  });
});

describe("slow clients", () => {
  test("one that does not send its headers is told, and let go", async () => {
    await using shop = await notes({ limits: { headersMs: 200, requestMs: 400 } });
    const { status, head, body } = await raw(shop.url, "GET /v1/notes HTTP/1.1\r\nhost: x\r\n");
    expect(status, head).toBe(408);
    expect(body).toContain("REQUEST_TOO_SLOW");
  });

  test("one that does not send its body, too, and it is no failure of ours", async () => {
    const failed = vi.fn<(error: unknown) => void>();
    await using shop = await notes({ limits: { headersMs: 200, requestMs: 400 }, failed });
    const { status, head, body } = await raw(
      shop.url,
      "POST /v1/notes HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{",
    );
    expect(status, head).toBe(408);
    expect(body).toContain("REQUEST_TOO_SLOW");
    expect((await shop.ask("/v1/notes/1")).status).toBe(200);
    expect(failed).not.toHaveBeenCalled();
  });
});

describe("webhooks", () => {
  const head = (bytes: number): string => `POST /hook HTTP/1.1\r\nhost: x\r\ncontent-length: ${bytes}\r\n\r\n`;
  const webhooks = (maxBodyBytes: number) => () =>
    new Map([["/hook", { methods: ["POST"], maxBodyBytes, receive: () => Promise.resolve({ status: 204, headers: {} }) }]]);

  test("many that come slowly keep nobody off", async () => {
    await using shop = await notes({ webhooks: webhooks(1_000) });
    const sockets = await Promise.all(Array.from({ length: 70 }, async () => open(shop.url)));
    for (const socket of sockets) socket.write(`${head(500)}x`);
    for (let time = 0; time < 3; time += 1) expect((await shop.ask("/hook", { method: "POST", body: "x" })).status).toBe(204);
    for (const socket of sockets) socket.destroy();
  });

  test("of all together so much is held, and what was is let go", async () => {
    await using shop = await notes({ webhooks: webhooks(63 * MB) });
    const slow = await open(shop.url);
    slow.write(head(62 * MB + 1));
    await new Promise<void>((resolve) => slow.write(Buffer.alloc(62 * MB), () => resolve()));
    const body = Buffer.alloc(3 * MB);
    await expect.poll(async () => (await shop.ask("/hook", { method: "POST", body })).status, { timeout: 10_000 }).toBe(503);
    slow.destroy();
    await expect.poll(async () => (await shop.ask("/hook", { method: "POST", body })).status, { timeout: 10_000 }).toBe(204);
  });
});

describe("a database that others hold", () => {
  test("a statement that waits too long is cut, and who gets no connection is told to come again", async () => {
    await using shop = await notes({ database: { connections: 1, statementMs: 1_000, waitMs: 200 } });
    await shop.sql("BEGIN; LOCK TABLE notes IN ACCESS EXCLUSIVE MODE");
    const answers = await Promise.all(Array.from({ length: 5 }, async () => shop.ask("/v1/notes/1")));
    await shop.sql("ROLLBACK");
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503, 503]);
    expect(new Set(answers.map(({ body }) => (body as { code: string }).code))).toEqual(new Set(["TOO_SLOW", "DATABASE_AWAY"]));
    for (const { headers } of answers) expect(headers.get("retry-after")).toMatch(/^\d+$/);
    expect((await shop.ask("/v1/notes/1")).status).toBe(200);
  });
});

describe("1,000 connections", () => {
  test("that say nothing leave room for the others, and little of the memory is theirs", async () => {
    await using shop = await notes({ limits: { headersMs: 60_000 } });
    await shop.ask("/v1/notes");
    const before = process.memoryUsage().rss;
    const sockets = await Promise.all(Array.from({ length: 1_000 }, async () => open(shop.url)));
    for (const socket of sockets) socket.write("GET /v1/notes HTTP/1.1\r\nhost: x\r\nx-slow: ");
    const answers = await Promise.all(Array.from({ length: 20 }, async () => shop.ask("/v1/notes/1")));
    const grown = process.memoryUsage().rss - before;
    for (const socket of sockets) socket.destroy();
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(grown).toBeLessThan(200 * MB);
  });

  test("that ask at the same time are all answered", async () => {
    await using shop = await notes();
    const before = process.memoryUsage().rss;
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, async () => {
        const socket = await open(shop.url);
        socket.write("GET /v1/notes/1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        return answerOn(socket);
      }),
    );
    expect(answers.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * MB);
  }, 120_000);
});
