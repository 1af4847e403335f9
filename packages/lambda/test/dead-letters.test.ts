import { afterEach, describe, expect, test } from "vitest";
import { decodeValue } from "@backstitch/core/values";
import { deadLettersToService, encodeDeadLetter, type DeadLetter } from "@backstitch/lambda";
import { startFarSide, type FarSide, type Reply } from "./support/far-side.ts";
import { openSink } from "./support/sink.ts";

let far: FarSide | undefined;
afterEach(() => far?.close());

function letter(deliveryId: string): DeadLetter {
  const base = { state: "rejected", code: "SINK_400", reason: "No.", attempts: 1, uncertain: false } as const;
  return { ...base, deliveryId, args: { amount: 9_007_199_254_740_993n }, event: undefined };
}

async function send(letters: readonly DeadLetter[], signal = new AbortController().signal): Promise<void> {
  const service = openSink("sink", (far as FarSide).url);
  await deadLettersToService(service, "send", (one) => ({ name: one.deliveryId, body: encodeDeadLetter(one) })).send(letters, signal);
}

describe("letters through a service", () => {
  test("each is one call under its own id, and keeps its numbers", async () => {
    far = await startFarSide();
    await send([letter("a"), letter("b")]);
    expect(far.arrivals.map(({ name, deliveryId }) => `${name} ${deliveryId}`).sort()).toEqual(["a a", "b b"]);
    const { event: _, ...there } = letter(far.arrivals[0]?.name ?? "");
    expect(decodeValue(far.arrivals[0]?.body ?? "")).toEqual(there);
  });

  const rows: readonly (readonly [name: string, replies: readonly Reply[], calls: number, fails: string | undefined])[] = [
    ["unavailable, then taken", [503, 200], 2, undefined],
    ["uncertain, then taken", [500, 200], 2, undefined],
    ["unavailable three times", [503], 3, "1 of 2 dead letters were not taken; the first: SINK_503"],
    ["rejected", [400], 1, "1 of 2 dead letters were not taken; the first: SINK_400"],
    ["locked out", [401], 1, "SINK_401"],
  ];
  test.for(rows)("%s", async ([, replies, calls, fails]) => {
    far = await startFarSide();
    far.script("a", ...replies);
    const sent = send([letter("a"), letter("b")]);
    if (fails === undefined) await sent;
    else await expect(sent).rejects.toThrow(fails);
    expect(far.names().filter((name) => name === "a")).toHaveLength(calls);
    expect(far.names()).toContain("b");
  });

  test("one whose arguments cannot be made keeps no other from being stored, and says nothing of what it holds", async () => {
    far = await startFarSide();
    const letters = deadLettersToService(openSink("sink", far.url), "send", (one) => {
      if (one.deliveryId === "a") throw new TypeError("+15005550009");
      return { name: one.deliveryId, body: "" };
    });
    await expect(letters.send(["a", "b", "c"].map(letter), new AbortController().signal)).rejects.toThrow(
      /^1 of 3 dead letters were not taken; the first: the arguments of letter a could not be made \(TypeError\)\.$/,
    );
    expect(far.names().sort()).toEqual(["b", "c"]);
  });

  test("ends when the time is up", async () => {
    far = await startFarSide();
    far.script("a", "hang");
    const limit = new AbortController();
    far.onArrival = () => limit.abort();
    await expect(send([letter("a")], limit.signal)).rejects.toThrow("1 of 1 dead letters were not taken");
    expect(far.names()).toEqual(["a"]);
  });
});
