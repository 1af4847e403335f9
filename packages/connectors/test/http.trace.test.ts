import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Row } from "@backstitch/core/values";
import { http } from "@backstitch/connectors/http";
import { describe, expect, test } from "vitest";
import { answering } from "./support/answering.ts";

describe("the trace of an attempt", () => {
  const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
  const own = `00-${"c".repeat(32)}-${"d".repeat(16)}-01`;

  async function headerOf(args: Row, config: object = {}): Promise<string | undefined> {
    await using far = await answering((response) => response.end());
    const client = await http.connect({ baseUrl: far.url, ...config });
    const attempt = {
      deliveryId: "1",
      number: 1,
      signal: new AbortController().signal,
      deadline: Date.now() + 10_000,
      hops: 1,
      traceparent,
    };
    await http.actions["request"]?.run(client, { path: "", ...args }, attempt);
    await http.close?.(client);
    return far.requests[0]?.headers["traceparent"] as string | undefined;
  }

  test("goes on to the far side", async () => {
    expect(await headerOf({})).toBe(traceparent);
  });

  test("is the action's or the service's own where they set one", async () => {
    expect(await headerOf({ headers: { Traceparent: own } })).toBe(own);
    expect(await headerOf({}, { headers: { traceparent: own } })).toBe(own);
  });

  test("is left to whoever instruments the client: a second header would make both void", async () => {
    const instrument = (message: unknown): void => {
      (message as { request: { addHeader(name: string, value: string): void } }).request.addHeader("traceparent", own);
    };
    subscribe("undici:request:create", instrument);
    try {
      expect(await headerOf({})).toBe(own);
    } finally {
      unsubscribe("undici:request:create", instrument);
    }
  });
});
