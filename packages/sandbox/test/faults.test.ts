import { request } from "node:http";
import type { Fault, Peer } from "@backstitch/core/testing";
import { httpPeer, twilioPeer } from "@backstitch/sandbox";
import { describe, expect, test } from "vitest";

async function withPeer(run: (peer: Peer) => Promise<void>, start: () => Promise<Peer> = httpPeer): Promise<void> {
  const peer = await start();
  try {
    await run(peer);
  } finally {
    await peer.close();
  }
}

function post(peer: Peer): Promise<Response> {
  return fetch(`${peer.url}/orders/../x?a=1`, { method: "POST", body: "hello", headers: { "X-One": "1" } });
}

test("what arrives is kept, oldest first, as it was sent", async () => {
  await withPeer(async (peer) => {
    expect((await post(peer)).status).toBe(200);
    await fetch(`${peer.url}/second`);
    expect(peer.received()).toMatchObject([
      { operation: "POST /x", fields: { method: "POST", path: "/x", query: "a=1", body: "hello" }, headers: { "x-one": "1" } },
      { operation: "GET /second" },
    ]);
    expect(Math.abs((peer.received()[0]?.at ?? 0) - Date.now())).toBeLessThan(60_000);
  });
});

test("in place of another host it says which", async () => {
  await withPeer(async (peer) => {
    const { hostname, port } = new URL(peer.url);
    await new Promise((done) => request({ hostname, port, path: "/x", headers: { host: "hooks.example:8443" } }, done).end());
    expect(peer.received()).toMatchObject([{ operation: "GET //hooks.example:8443/x" }]);
  });
});

test("it listens on loopback alone, on the port that is asked for", async () => {
  await withPeer(async (peer) => {
    const port = Number(new URL(peer.url).port);
    expect(peer.url).toBe(`http://127.0.0.1:${port}`);
    await expect(httpPeer({ port })).rejects.toThrow("EADDRINUSE");
  });
});

describe("faults", () => {
  const rows: readonly [fault: Fault, answer: number | "cut", taken: number][] = [
    [{ kind: "lost-response" }, "cut", 1],
    [{ kind: "reset-before" }, "cut", 0],
    [{ kind: "reset-after" }, "cut", 0],
    [{ kind: "slow", delayMs: 20 }, 200, 1],
    [{ kind: "throttle" }, 429, 0],
    [{ kind: "status", status: 500 }, 500, 0],
    [{ kind: "status", status: 503 }, 503, 0],
    [{ kind: "malformed" }, 200, 1],
    [{ kind: "refuse-credentials" }, 401, 0],
  ];

  test.each(rows)("%o: %s, taken %i", async (fault, answer, taken) => {
    await withPeer(async (peer) => {
      peer.misbehave(fault, 1);
      expect(
        await post(peer).then(
          ({ status }) => status,
          () => "cut",
        ),
      ).toBe(answer);
      expect(peer.received()).toHaveLength(taken);
      expect((await post(peer)).status, "once is over").toBe(200);
    });
  });

  test("a fault goes on until told otherwise", async () => {
    await withPeer(async (peer) => {
      peer.misbehave({ kind: "status", status: 500 });
      for (let n = 0; n < 3; n += 1) expect((await post(peer)).status).toBe(500);
      peer.misbehave(undefined);
      expect((await post(peer)).status).toBe(200);
    });
  });

  test("a fault meets as many requests as it is told", async () => {
    await withPeer(async (peer) => {
      peer.misbehave({ kind: "status", status: 503 }, 2);
      const statuses = [await post(peer), await post(peer), await post(peer)].map(({ status }) => status);
      expect(statuses).toEqual([503, 503, 200]);
    });
  });

  test("Retry-After is handed on as it is given", async () => {
    await withPeer(async (peer) => {
      peer.misbehave({ kind: "throttle", retryAfter: "7" }, 1);
      expect((await post(peer)).headers.get("retry-after")).toBe("7");
    });
  });

  test("a malformed answer is a success that cannot be parsed", async () => {
    await withPeer(async (peer) => {
      peer.misbehave({ kind: "malformed" }, 1);
      const answer = await post(peer);
      expect(answer.ok).toBe(true);
      await expect(answer.json()).rejects.toThrow(SyntaxError);
    });
  });

  test.each([
    [{ kind: "throttle" }, 429, 20429],
    [{ kind: "status", status: 500 }, 500, 20500],
    [{ kind: "status", status: 503 }, 503, 20503],
    [{ kind: "refuse-credentials" }, 401, 20003],
  ] as const)("in Twilio's own form: %o", async (fault, status, code) => {
    await withPeer(async (peer) => {
      peer.misbehave(fault, 1);
      const answer = await post(peer);
      expect(answer.status).toBe(status);
      expect(await answer.json()).toMatchObject({ code, status, more_info: `https://www.twilio.com/docs/errors/${code}` });
    }, twilioPeer);
  });

  test("closing does not wait for a slow answer", async () => {
    const peer = await httpPeer();
    peer.misbehave({ kind: "slow", delayMs: 600_000 });
    const answer = post(peer).then(
      () => "answered",
      () => "cut",
    );
    await expect.poll(() => peer.received().length).toBe(1);
    await peer.close();
    expect(await answer).toBe("cut");
  });
});
