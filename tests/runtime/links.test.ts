import { type Connector, ConnectorError, Secret } from "@backstitch/core/connector";
import { deliveryKey, linkMark, LINKS, type RuleSet } from "@backstitch/core/rules";
import type { ServiceDefinition } from "@backstitch/core/runtime";
import { twilio } from "@backstitch/connectors/twilio";
import { twilioPeer } from "@backstitch/sandbox";
import { describe, expect, test } from "vitest";
import { aWhile, type Engine, JOURNALS, type JournalKind, openWorld, until, type World } from "./support/world.ts";

/** One text, with a link to the same file, to whom the row names. */
const RULES: RuleSet = {
  hash: "texts",
  entry: () => undefined,
  match: (events) => ({
    deliveries: events.map(({ id, after }) => {
      const key = deliveryKey(id, "late", "sms");
      const mark = linkMark(key, "file");
      const links = { [mark]: { name: "file", service: "files", with: {} } };
      const args = { to: after?.["to"] ?? "", body: `See ${mark} today.`, [LINKS]: links };
      const policy = { ifUncertain: "hold" as const, retry: undefined, expiresAt: undefined };
      return { key, eventId: id, rule: "late", then: "sms", service: "sms", action: "send", args, lane: id, ...policy };
    }),
    failures: [],
    undecided: [],
  }),
};

/** Signs each link anew, or throws what it is told to. */
function filesConnector(): Connector<unknown> & { failure: Error | undefined } {
  let made = 0;
  const connector: Connector<unknown> & { failure: Error | undefined } = {
    failure: undefined,
    type: "files",
    summary: "Links for tests.",
    config: {},
    connect: () => ({}),
    actions: {},
    link: {
      summary: "A file.",
      args: {},
      async make() {
        if (connector.failure !== undefined) throw connector.failure;
        made += 1;
        return `https://files.example/a.pdf?X-Signature=${String(made).padStart(64, "0")}`;
      },
    },
  };
  return connector;
}

async function openTexts(kind: JournalKind, cleanUp: AsyncDisposableStack, more: Partial<ServiceDefinition>) {
  const world = await openWorld(kind, cleanUp);
  // The SDK looks at the clock by itself.
  world.clock.advance(Date.now() - world.clock.now());
  const peer = cleanUp.adopt(await twilioPeer(), (one) => one.close());
  const account = { accountSid: `AC${"0".repeat(32)}`, authToken: new Secret("canary-token-1f4b"), from: "+15005550006" };
  const retry = { attempts: 30, firstDelayMs: 500, longestDelayMs: 500 };
  const files = filesConnector();
  const sms = { name: "sms", connector: twilio, config: { ...account, baseUrl: peer.url }, concurrency: 4, retry, ...more };
  const services = world.services(sms, { name: "files", connector: files });
  const start = (): Engine => world.start({ rules: () => RULES, services: () => services, random: Math.random, drainMs: 20_000 });
  return { world, peer, files, start };
}

async function inTime({ clock, journal }: World, count: number): Promise<void> {
  const isSo = async (): Promise<boolean> => {
    const { deliveries } = await journal.counts();
    if (deliveries.claimed + deliveries.started === 0) clock.advance(1_000);
    return deliveries.accepted === count;
  };
  await until(isSo, `${count} are accepted`);
}

const to = "+15551230987";

describe.each(JOURNALS)("texts with a link, over the $name journal", (kind) => {
  test("whose answer was lost: each finds a message of its own, though its link was signed at another time", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { world, peer, start } = await openTexts(kind, cleanUp, {});
    peer.misbehave({ kind: "lost-response" }, 4);
    world.source.commit(...["a", "b", "c", "d"].map((lane) => ({ lane, to })));
    const engine = start();
    await inTime(world, 4);
    const made = peer.received().map(({ fields }) => fields["sid"]);
    expect(made).toHaveLength(4);
    const records = await world.journal.deliveries({ states: ["accepted"] });
    const found = records.map(({ outcomes }) => {
      const last = outcomes.at(-1)?.outcome;
      return last?.kind === "accepted" ? last.receipt.id : undefined;
    });
    expect(new Set(found)).toEqual(new Set(made));
    await engine.stop();
  });

  test("count the segments of a link, which is long, before it is made", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const limits = { rates: [{ unit: "segments", count: 4, periodMs: 60_000 }], per: undefined };
    const { world, peer, start } = await openTexts(kind, cleanUp, { limits });
    world.source.commit({ lane: "a", to }, { lane: "b", to });
    const engine = start();
    await until(() => peer.received().length === 1, "the first is sent");
    await aWhile();
    expect(peer.received()).toHaveLength(1);
    world.clock.advance(61_000);
    await until(() => peer.received().length === 2, "the second is sent");
    await engine.stop();
  });

  test("wait while links cannot be made, which says nothing of the service that they go to", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { world, peer, files, start } = await openTexts(kind, cleanUp, {});
    files.failure = new ConnectorError("locked-out", "FILES_GONE", "The keys are gone.");
    world.source.commit(...Array.from({ length: 15 }, (_, index) => ({ lane: String(index), to })));
    const engine = start();
    const failed = async (): Promise<number> =>
      (await world.journal.deliveries({ states: ["waiting"] })).filter(({ outcomes }) =>
        outcomes.some(({ outcome }) => outcome.kind === "unavailable" && outcome.code === "LINK_FAILED"),
      ).length;
    await until(async () => (await failed()) === 15, "all have failed once");
    expect(world.told.lines.filter((line) => line.includes("rests"))).toEqual([]);
    expect(peer.received()).toEqual([]);
    files.failure = undefined;
    await inTime(world, 15);
    await engine.stop();
  });

  test("that probe whether their service is back, and have no link, leave it as it is", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { world, peer, files, start } = await openTexts(kind, cleanUp, {});
    const rests = (): number => world.told.lines.filter((line) => line.startsWith("sms rests")).length;
    peer.misbehave({ kind: "throttle" });
    world.source.commit(...Array.from({ length: 12 }, (_, index) => ({ lane: String(index), to })));
    const engine = start();
    await until(() => rests() === 1, "the service rests");
    await aWhile();
    peer.misbehave(undefined);
    files.failure = new Error("The keys are gone.");
    world.clock.advance(120_000);
    const hasFailed = async (): Promise<boolean> =>
      (await world.journal.deliveries({})).some(({ outcomes }) =>
        outcomes.some(({ outcome }) => outcome.kind === "unavailable" && outcome.code === "LINK_FAILED"),
      );
    await until(hasFailed, "a probe has no link");
    await aWhile();
    files.failure = undefined;
    await inTime(world, 12);
    expect(rests()).toBe(1);
    await engine.stop();
  });
});
