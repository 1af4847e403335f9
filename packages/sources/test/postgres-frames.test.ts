import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createFrames } from "../src/postgres/frames.ts";
import { frame, int } from "./support/messages.ts";

describe("what a socket brings", () => {
  const other = (text: string): Buffer => Buffer.concat([Buffer.from("N"), int(4 + text.length, 4), Buffer.from(text)]);
  const messages = ["", "a", "bc", "d".repeat(300), "e"];
  const stream = Buffer.concat(messages.flatMap((text) => [frame(Buffer.from(text)), other(`other ${text}`)]));

  test("is taken apart wherever it was cut, and waits where no more is wanted", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length)), fc.array(fc.boolean()), (cuts, wants) => {
        const seen: string[] = [];
        const frames = createFrames({
          onData(buffer, at, end) {
            seen.push(buffer.toString("utf8", at, end));
            return wants.pop() ?? true;
          },
          onOther: (bytes) => void seen.push(bytes.toString("utf8", 5)),
        });
        const places = [0, ...cuts, stream.length].sort((left, right) => left - right);
        for (const [index, from] of places.entries()) frames.take(stream.subarray(from, places[index + 1]));
        while (frames.goOn());
        expect(seen).toEqual(messages.flatMap((text) => [text, `other ${text}`]));
      }),
    );
  });

  test("nothing is read after a message that was the last one wanted", () => {
    const seen: number[] = [];
    const frames = createFrames({ onData: (_buffer, at, end) => seen.push(end - at) > 2, onOther: () => undefined });
    frames.take(stream);
    frames.take(stream);
    expect(seen).toEqual([0]);
    expect([frames.goOn(), frames.goOn(), seen]).toEqual([true, true, [0, 1, 2, 300, 1, 0, 1, 2, 300, 1]]);
  });
});
