import { Secret } from "@backstitch/core/connector";
import { deliveryKey, type RuleSet } from "@backstitch/core/rules";
import { twilio } from "@backstitch/connectors/twilio";
import { twilioPeer } from "@backstitch/sandbox";
import { describe, expect, test } from "vitest";
import { type Engine, JOURNALS, type JournalKind, openWorld, until, type World } from "./support/world.ts";

/** One text to whom the row names: deliveries of several lanes look the same to Twilio. */
function texts(ifUncertain: "hold" | "retry"): RuleSet {
  return {
    hash: "texts",
    entry: () => undefined,
    match: (events) => ({
      deliveries: events.map(({ id, after }) => ({
        key: deliveryKey(id, "late", "sms"),
        eventId: id,
        rule: "late",
        then: "sms",
        service: "sms",
        action: "send",
        args: { to: after?.["to"] ?? "", body: "Your order is late." },
        lane: id,
        ifUncertain,
        retry: undefined,
        expiresAt: undefined,
      })),
      failures: [],
      undecided: [],
    }),
  };
}

async function openTexts(kind: JournalKind, cleanUp: AsyncDisposableStack, concurrency: number) {
  const world = await openWorld(kind, cleanUp);
  // The SDK looks at the clock by itself.
  world.clock.advance(Date.now() - world.clock.now());
  const peer = cleanUp.adopt(await twilioPeer(), (one) => one.close());
  const account = { accountSid: `AC${"0".repeat(32)}`, authToken: new Secret("canary-token-1f4b"), from: "+15005550006" };
  const retry = { attempts: 5, firstDelayMs: 500, longestDelayMs: 500 };
  const services = world.services({ name: "sms", connector: twilio, config: { ...account, baseUrl: peer.url }, concurrency, retry });
  const start = (ifUncertain: "hold" | "retry", journal = world.journal, drainMs = 20_000): Engine =>
    world.start({ journal, rules: () => texts(ifUncertain), services: () => services, random: Math.random, drainMs });
  return { world, peer, start };
}

/** Whatever is waited for is over at once, until it is so; what is under way is not, or its claims would lapse. */
async function inTime({ clock, journal }: World, state: "accepted" | "held", count: number): Promise<void> {
  const isSo = async (): Promise<boolean> => {
    const { deliveries } = await journal.counts();
    if (deliveries.claimed + deliveries.started === 0) clock.advance(1_000);
    return deliveries[state] === count;
  };
  await until(isSo, `${count} are ${state}`);
}

async function sids({ journal }: World): Promise<readonly unknown[]> {
  const records = await journal.deliveries({ states: ["accepted"] });
  return records.map(({ outcomes }) => {
    const last = outcomes.at(-1)?.outcome;
    return last?.kind === "accepted" ? last.receipt.id : undefined;
  });
}

const to = "+15551230987";

describe.each(JOURNALS)("texts whose answer was lost, over the $name journal", (kind) => {
  test.each([1, 4])("several of one text to one number, %i at a time: each finds a message of its own", async (concurrency) => {
    await using cleanUp = new AsyncDisposableStack();
    const { world, peer, start } = await openTexts(kind, cleanUp, concurrency);
    peer.misbehave({ kind: "lost-response" }, 4);
    world.source.commit(...["a", "b", "c", "d"].map((lane) => ({ lane, to })));
    const engine = start("hold");
    await inTime(world, "accepted", 4);
    const made = peer.received().map(({ fields }) => fields["sid"]);
    expect(made).toHaveLength(4);
    expect(new Set(await sids(world))).toEqual(new Set(made));
    await engine.stop();
  });

  test.each([
    ["released", "retry"],
    ["released", "hold"],
    ["retried", "retry"],
    ["retried", "hold"],
  ] as const)("held by hand and then %s, one is looked up and not sent again, where its rule says %s", async (how, ifUncertain) => {
    await using cleanUp = new AsyncDisposableStack();
    const { world, peer, start } = await openTexts(kind, cleanUp, 1);
    const { journal } = world;
    peer.misbehave({ kind: "lost-response" }, 1);
    world.source.commit({ lane: "a", to });
    const engine = start(ifUncertain);
    const uncertain = async (): Promise<string | undefined> => (await journal.deliveries({ states: ["uncertain"] }))[0]?.id;
    await until(async () => (await uncertain()) !== undefined, "the answer is lost");
    const id = (await uncertain()) ?? "";
    const note = { by: "ada", reason: "Is the price right?" };
    expect(await journal.decide("hold", [id], note)).toEqual([id]);
    if (how === "released") await journal.decide("release", [id], note);
    else await journal.redrive([{ id }], note);
    await inTime(world, "accepted", 1);
    expect(await sids(world)).toEqual(peer.received().map(({ fields }) => fields["sid"]));
    expect(peer.received()).toHaveLength(1);
    await engine.stop();
  });

  test("two of one text to one number and one message: nobody can tell whose, and neither is sent again", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { world, peer, start } = await openTexts(kind, cleanUp, 1);
    peer.misbehave({ kind: "lost-response" }, 1);
    world.source.commit({ lane: "a", to });
    const engine = start("hold");
    await until(() => peer.received().length === 1, "the first was made");
    peer.misbehave({ kind: "reset-after" }, 1);
    world.source.commit({ lane: "b", to });
    await inTime(world, "held", 2);
    expect(peer.received()).toHaveLength(1);
    await engine.stop();
  });

  test("a look-up that is cut short leaves no doubt more, since nothing was sent", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { world, peer, start } = await openTexts(kind, cleanUp, 2);
    peer.misbehave({ kind: "lost-response" }, 2);
    world.source.commit(...["a", "b"].map((lane) => ({ lane, to })));
    const first = start("hold", world.journal, 1);
    await until(async () => (await world.journal.counts()).deliveries.uncertain === 2, "both answers were lost");
    peer.misbehave({ kind: "slow", delayMs: 600_000 }, 2);
    world.clock.advance(1_000);
    await until(async () => (await world.journal.counts()).deliveries.started === 2, "both are looked up");
    await first.stop();
    const second = start("hold");
    await inTime(world, "accepted", 2);
    expect(new Set(await sids(world))).toEqual(new Set(peer.received().map(({ fields }) => fields["sid"])));
    await second.stop();
  });

  test("one that was not made is sent, and not before Twilio has had the time to list it", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { world, peer, start } = await openTexts(kind, cleanUp, 1);
    peer.misbehave({ kind: "reset-after" }, 1);
    world.source.commit({ lane: "a", to });
    const engine = start("retry");
    await inTime(world, "accepted", 1);
    const [record] = await world.journal.deliveries({});
    const codes = record?.outcomes.map(({ outcome }) => (outcome.kind === "accepted" ? "accepted" : outcome.code));
    expect(codes).toEqual(["NETWORK_ECONNRESET", "TOO_EARLY", "accepted"]);
    expect(record).toMatchObject({ attempts: 2 });
    expect(peer.received()).toHaveLength(1);

    // What was found out of it leaves no doubt of the next one of the same text.
    peer.misbehave({ kind: "lost-response" }, 1);
    world.source.commit({ lane: "b", to });
    await inTime(world, "accepted", 2);
    expect(await sids(world)).toEqual(peer.received().map(({ fields }) => fields["sid"]));
    await engine.stop();
  });

  test("of a process that was killed while it sent, the next one finds the message", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { world, peer, start } = await openTexts(kind, cleanUp, 1);
    peer.misbehave({ kind: "slow", delayMs: 600_000 }, 1);
    world.source.commit({ lane: "a", to });
    const dead = start("hold");
    await until(() => peer.received().length === 1, "it was made");
    const journal = world.shelf.open();
    await expect(dead.ended).rejects.toThrow();
    const engine = start("hold", journal);
    await inTime({ ...world, journal }, "accepted", 1);
    expect(peer.received()).toHaveLength(1);
    await engine.stop();
  });
});
