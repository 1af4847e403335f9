import type { ChangeEvent } from "@backstitch/core/source";
import type { Row } from "@backstitch/core/values";
import type { LocalPostgres } from "@backstitch/sandbox/postgres";
import { expect } from "vitest";
import type { GatewayOptions } from "../src/index.ts";
import { gateway, type TestGateway } from "./support.ts";

export const ADA = { id: "ada", type: "normal" };
export const BOB = { id: "bob", type: "normal" };
export const SCHEMA = `CREATE TABLE orders (id int PRIMARY KEY, owner text, status text, secret text);
  CREATE TABLE notes (id int PRIMARY KEY, doc jsonb);`;
export const OWNER = {
  name: "owner",
  applyWhen: { "root.owner": { $path: "user.id" } },
  fields: { secret: { read: false } },
  additionalFields: { read: true },
};
export const EVERYBODY = { name: "everybody", read: true };

type Live = GatewayOptions["live"];

export async function shop(postgres: LocalPostgres, roles: readonly object[] = [OWNER], live: Live = {}): Promise<TestGateway> {
  const opened = await gateway(postgres, SCHEMA, { orders: { live: true, roles } }, { live: { heartbeatMs: 30, ...live } });
  opened.live.begin(new Map());
  return opened;
}

/** One message of a stream; a comment has no event. */
interface Message {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: unknown;
}

export interface Following extends AsyncDisposable {
  /** The next that is no heartbeat; undefined: the stream has ended. */
  next(): Promise<Message | undefined>;
  /** What comes until there are so many. */
  take(many: number): Promise<readonly (readonly [string, unknown])[]>;
  lastId(): string;
}

export async function follow(
  shop: TestGateway,
  { user, query = "", id, name = "orders" }: { user?: Row; query?: string; id?: string; name?: string } = {},
): Promise<Following> {
  const stop = new AbortController();
  const headers = { ...(user && { "x-test-user": JSON.stringify(user) }), ...(id !== undefined && { "last-event-id": id }) };
  const answer = await fetch(`${shop.url}/v1/${name}/changes${query}`, { headers, signal: stop.signal });
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  const parts = (answer.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let last = "";
  async function next(): Promise<Message | undefined> {
    for (;;) {
      const end = rest.indexOf("\n\n");
      if (end === -1) {
        const { value, done } = await parts.read();
        if (done) return undefined;
        rest += value;
        continue;
      }
      const fields = new Map(
        rest
          .slice(0, end)
          .split("\n")
          .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]),
      );
      rest = rest.slice(end + 2);
      last = fields.get("id") ?? last;
      const event = fields.get("event");
      if (event !== undefined) return { event, id: fields.get("id"), data: JSON.parse(fields.get("data") ?? "") };
    }
  }
  return {
    next,
    lastId: () => last,
    async take(many) {
      const taken: (readonly [string, unknown])[] = [];
      while (taken.length < many) {
        const message = await next();
        if (message === undefined) throw new Error("The stream has ended.");
        taken.push([message.event, message.data]);
      }
      return taken;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await parts.cancel().catch(() => undefined);
    },
  };
}

let numbers = 0;

/** A change of an order, or of what `more` says. */
export function change(id: number, after: Row | null, more: Partial<ChangeEvent> = {}): ChangeEvent {
  return {
    id: `e${++numbers}`,
    source: "shop",
    origin: "log",
    operation: after === null ? "delete" : more.before === null ? "insert" : "update",
    database: "shop",
    collection: "orders",
    key: { id },
    previousKey: undefined,
    after: after === null ? null : { id, ...after },
    before: undefined,
    unsent: [],
    changed: undefined,
    committedAt: "2026-01-01T00:00:00.000000Z",
    ...more,
    ...(more.before ? { before: { id, ...more.before } } : {}),
  };
}

const places = new WeakMap<TestGateway, number>();

export function tell(shop: TestGateway, ...events: readonly ChangeEvent[]): void {
  const at = places.get(shop) ?? 0;
  places.set(shop, at + 1);
  shop.live.accepted({ source: "shop", partition: "log", from: at === 0 ? undefined : String(at), to: String(at + 1), events });
}

export const ready = ["ready", {}] as const;
export const mine = (id: number, status: string): Row => ({ owner: "ada", status, secret: `s${id}` });
export const seen = (id: number, status: string): object => ({ key: { id }, document: { id, owner: "ada", status } });

export const given = { owner: "bob", status: "new" };
