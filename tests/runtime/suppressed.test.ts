import { describe, expect, test } from "vitest";
import { failure } from "./support/far-side.ts";
import { JOURNALS, openWorld, until } from "./support/world.ts";

const ADA = "+15005550123";
const BOB = "+15005550124";
const once = { attempts: 1, firstDelayMs: 0, longestDelayMs: 0 };

describe.each(JOURNALS)("over the $name journal", (kind) => {
  test("whoever is suppressed is sent nothing, however it is written, and others are; taken off the list, it is sent to again", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { source, far, journal, clock } = world;
    await journal.learn([{ service: "box", at: clock.now(), code: "BY_HAND", suppress: [ADA] }]);
    source.commit({ lane: "a", to: "+1 (500) 555-0123" }, { lane: "b", to: BOB }, { lane: "a", to: BOB });
    const engine = world.start();
    await until(async () => (await journal.counts()).deliveries.accepted === 2, "others were sent to");
    expect(far.calls.map(({ lane, place }) => `${lane}${place}`).toSorted()).toEqual(["a2", "b1"]);
    const [refused] = await journal.deliveries({ states: ["rejected"] });
    expect(refused?.attempts).toBe(0);
    const [{ outcome } = { outcome: undefined }] = refused?.outcomes ?? [];
    expect(outcome).toMatchObject({ kind: "rejected", code: "SUPPRESSED" });
    expect(JSON.stringify(outcome)).not.toMatch(/5550123|555-0123/);
    await journal.learn([{ service: "box", at: clock.now() + 1, unsuppress: [ADA] }]);
    await journal.redrive([{ id: refused?.id ?? "" }]);
    await until(async () => (await journal.counts()).deliveries.accepted === 3, "it was sent");
    await engine.stop();
  });

  test("a refusal that says that the recipient wants nothing is remembered: the next delivery to it is not tried", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { source, far, journal } = world;
    const receipts = { suppressedBy: ["BOX_REJECTED"], read: async () => [] };
    const services = world.services({ connector: { ...far.connector, receipts }, retry: once });
    far.answer = () => {
      throw failure("rejected");
    };
    source.commit({ lane: "a", to: ADA }, { lane: "a", to: ADA }, { lane: "a", to: BOB });
    const engine = world.start({ services: () => services });
    await until(async () => (await journal.counts()).deliveries.rejected === 3, "all have their end");
    expect(far.calls.map(({ to }) => to)).toEqual([ADA, BOB]);
    const all = await journal.deliveries({});
    const listed = (await journal.suppressions({})).map(({ code, shown, deliveryId }) => [code, shown, deliveryId]);
    expect(new Set(listed)).toEqual(
      new Set([
        ["BOX_REJECTED", "+1•••••0123", all[0]?.id],
        ["BOX_REJECTED", "+1•••••0124", all[2]?.id],
      ]),
    );
    await engine.stop();
  });

  test("what the far side tells while an attempt is under way is the end of one whose answer is lost: it is not made again", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { source, far, journal, clock } = world;
    far.answer = async ({ deliveryId, lane }) => {
      if (lane === "a") await journal.learn([{ service: "box", deliveryId, standing: "sent", at: clock.now(), receiptId: "R1" }]);
      throw failure("uncertain");
    };
    source.commit({ lane: "a", action: "send", ifUncertain: "hold" });
    const engine = world.start();
    await until(async () => (await journal.counts()).deliveries.accepted === 1, "it was taken");
    expect(far.calls).toHaveLength(1);
    const [delivery] = await journal.deliveries({});
    expect(delivery?.outcomes.map(({ outcome }) => outcome.kind)).toEqual(["uncertain", "accepted"]);
    expect(delivery?.report).toMatchObject({ standing: "sent" });
    await engine.stop();
  });
});
