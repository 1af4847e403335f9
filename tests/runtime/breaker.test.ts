import type { Receipt } from "@backstitch/core/connector";
import type { Guard } from "@backstitch/core/rules";
import { describe, expect, test } from "vitest";
import { type Call, failure } from "./support/far-side.ts";
import { accepted, aWhile, JOURNALS, openWorld, until } from "./support/world.ts";

const HOUR_MS = 3_600_000;
/** 5 s, of which half is chance; the tests' chance is a half. */
const FIRST_REST_MS = 3_750;
const retry = { attempts: 3, firstDelayMs: HOUR_MS, longestDelayMs: HOUR_MS };

function lanes(count: number, from = 0): readonly { readonly lane: string }[] {
  return Array.from({ length: count }, (_, index) => ({ lane: `l${from + index}` }));
}

describe.each(JOURNALS)("over the $name journal", (kind) => {
  test("a service of which half of ten attempts fail is left alone: what is pending stays so, unspent, and other services go on", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock, journal, told, services, start } = world;
    const both = services({ concurrency: 5, retry }, { name: "crate" });
    far.answer = ({ lane }) => {
      if (!lane.startsWith("crate/") && far.calls.length > 5) throw failure("unavailable");
      return {};
    };
    source.commit(...lanes(30));
    const engine = start({ services: () => both });
    await until(() => told.lines.includes("box rests: unavailable"), "the box is left alone");
    await aWhile();
    // Some were under way when the tenth ended.
    const tried = far.calls.length;
    expect(tried).toBeLessThan(15);
    source.commit(...lanes(8).map(({ lane }) => ({ lane, service: "crate" })));
    await until(() => far.calls.length === tried + 8, "the crate goes on");
    clock.advance(FIRST_REST_MS - 1);
    await aWhile();
    expect(far.calls).toHaveLength(tried + 8);
    const untouched = (await journal.deliveries({})).filter(({ attempts }) => attempts === 0);
    expect(untouched).toHaveLength(30 - tried);
    await engine.stop();
  });

  test("is let go of once nothing can be left with which it could be tried, and rests again where the next that comes fails", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock, journal, told, services, start } = world;
    const slow = services({ concurrency: 10, retry });
    far.answer = () => {
      throw failure("unavailable");
    };
    source.commit(...lanes(10));
    const engine = start({ services: () => slow });
    await until(() => told.lines.includes("box rests: unavailable"), "it is left alone");
    await aWhile();
    const ids = (await journal.deliveries({})).map(({ id }) => id);
    expect(await journal.decide("drop", ids, { by: "ada@shop", reason: "Gone." })).toHaveLength(10);
    // Its rest is over, but for all that it knows what it tried comes again in an hour.
    clock.advance(FIRST_REST_MS);
    await aWhile();
    const ofBox = (): readonly string[] => told.lines.filter((line) => line.startsWith("box re"));
    expect(ofBox()).toEqual(["box rests: unavailable"]);
    clock.advance(HOUR_MS);
    await until(() => ofBox().length === 2, "it is let go of");
    const tried = far.calls.length;
    source.commit(...lanes(5, 30));
    await until(() => far.calls.length === tried + 1, "one probes");
    await aWhile();
    expect(far.calls).toHaveLength(tried + 1);
    expect(ofBox()).toEqual(["box rests: unavailable", "box resumed", "box rests: unavailable"]);
    await engine.stop();
  });

  test("it is tried again with one delivery, each time twice as late, and goes on when that is taken", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock, told, services, start } = world;
    const slow = services({ concurrency: 10, retry });
    let up = false;
    far.answer = () => {
      if (!up) throw failure("unavailable");
      return {};
    };
    source.commit(...lanes(30));
    const engine = start({ services: () => slow });
    await until(() => told.lines.includes("box rests: unavailable"), "it is left alone");
    await aWhile();
    const tried = far.calls.length;
    for (const [probe, restMs] of [FIRST_REST_MS, FIRST_REST_MS * 2, FIRST_REST_MS * 4].entries()) {
      clock.advance(restMs - 1);
      await aWhile();
      expect(far.calls).toHaveLength(tried + probe);
      clock.advance(1);
      await until(() => told.lines.filter((line) => line === "box rests: unavailable").length === probe + 2, "one probes");
      await aWhile();
      expect(far.calls).toHaveLength(tried + probe + 1);
    }
    up = true;
    clock.advance(FIRST_REST_MS * 8);
    await until(() => accepted(world) === 30 - tried - 3, "all that were not tried are taken");
    expect(told.lines.filter((line) => line === "box resumed")).toHaveLength(1);
    await engine.stop();
  });

  test("a third of failures is none of its business", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { far, source, told, services, start } = await openWorld(kind, cleanUp);
    const one = services({ concurrency: 1, retry });
    far.answer = () => {
      if (far.calls.length % 3 === 1) throw failure("unavailable");
      return {};
    };
    source.commit(...lanes(60));
    const engine = start({ services: () => one });
    await until(() => far.calls.length === 60, "all are tried");
    expect(told.lines.filter((line) => line.startsWith("box r"))).toEqual([]);
    await engine.stop();
  });

  test("what our own guard denies does not make a service that fails look well", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { far, source, told, services, start } = await openWorld(kind, cleanUp);
    const permitted = new Set(lanes(30).map(({ lane }) => lane));
    const guard: Guard = { permits: (_, args) => (permitted.has(args["lane"] as string) ? { by: "some" } : { deniedBecause: "no" }) };
    const one = services({ concurrency: 1, retry, guard });
    far.answer = () => {
      throw failure("unavailable");
    };
    source.commit(...lanes(6), ...lanes(200, 100), ...lanes(24, 6));
    const engine = start({ services: () => one });
    await until(() => told.lines.includes("box rests: unavailable"), "it is left alone");
    expect(far.calls).toHaveLength(10);
    await engine.stop();
  });

  test("a service that gives no answer is left alone too, and what was under way then neither prolongs nor ends that", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const world = await openWorld(kind, cleanUp);
    const { far, source, clock, told, services, start } = world;
    const hanging = services({ concurrency: 12, retry, deadlineMs: 40 });
    let isUp = false;
    far.answer = (call) => (isUp ? {} : late(call));
    source.commit(...lanes(30));
    const engine = start({ services: () => hanging });
    await until(() => told.lines.includes("box rests: unavailable"), "it is left alone");
    await until(() => far.underWay === 0, "nothing is under way");
    const tried = far.calls.length;
    isUp = true;
    clock.advance(FIRST_REST_MS - 1);
    await aWhile();
    expect(far.calls).toHaveLength(tried);
    clock.advance(1);
    await until(() => accepted(world) === 30 - tried, "the others are taken");
    expect(told.lines.filter((line) => line.startsWith("box r"))).toEqual(["box rests: unavailable", "box resumed"]);
    await engine.stop();
  });
});

async function late({ signal }: Call): Promise<Receipt> {
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  return {};
}
