import { describe, expect, test } from "vitest";
import type { Position } from "../src/postgres/position.ts";
import { startFrom, type ServerState } from "../src/postgres/start.ts";

describe("reading starts", () => {
  const server: ServerState = {
    system: "7",
    timeline: 3,
    end: 100n,
    history: [
      { timeline: 1, left: 20n },
      { timeline: 2, left: 60n },
    ],
    slot: { confirmed: 10n, lost: false },
  };
  const at = (timeline: number, lsn: bigint, system = "7"): Position => ({
    system,
    timeline,
    lsn,
    within: undefined,
  });

  test.each([
    ["where the slot is, without a position", undefined, server, { kind: "at", lsn: 10n }],
    ["at the position", at(3, 50n), server, { kind: "at", lsn: 50n }],
    ["at the very end", at(3, 100n), server, { kind: "at", lsn: 100n }],
    ["at the very beginning", at(3, 10n), server, { kind: "at", lsn: 10n }],
    ["on an earlier timeline, before it was left", at(2, 60n), server, { kind: "at", lsn: 60n }],
    [
      "not on an earlier timeline, after it was left",
      at(1, 21n),
      server,
      { kind: "lost", earliest: "7:3:0/A", why: expect.stringContaining("left timeline 1 at 0/14") },
    ],
    [
      "not on a timeline of others",
      at(4, 50n),
      server,
      { kind: "lost", earliest: "7:3:0/A", why: expect.stringContaining("does not descend from timeline 4") },
    ],
    [
      "not on another cluster",
      at(3, 50n, "8"),
      server,
      { kind: "lost", earliest: "7:3:0/A", why: expect.stringContaining("another database cluster") },
    ],
    ["not after the end", at(3, 101n), server, { kind: "lost", earliest: "7:3:0/A", why: expect.stringContaining("ends at 0/64") }],
    [
      "not inside a transaction whose commit would begin where the log ends",
      { ...at(3, 100n), within: { change: 90n, index: 0 } },
      server,
      { kind: "lost", earliest: "7:3:0/A", why: expect.stringContaining("ends at 0/64") },
    ],
    [
      "not inside a transaction whose commit would begin where its timeline was left",
      { ...at(2, 60n), within: { change: 50n, index: 0 } },
      server,
      { kind: "lost", earliest: "7:3:0/A", why: expect.stringContaining("left timeline 2 at 0/3C") },
    ],
    ["not before the slot", at(3, 9n), server, { kind: "lost", earliest: "7:3:0/A", why: expect.stringContaining("moved on to 0/A") }],
    [
      "not without a slot",
      at(3, 50n),
      { ...server, slot: undefined },
      { kind: "lost", earliest: undefined, why: expect.stringContaining("is gone") },
    ],
    [
      "not on a lost slot",
      at(3, 50n),
      { ...server, slot: { confirmed: 10n, lost: true } },
      { kind: "lost", earliest: undefined, why: expect.stringContaining("removed") },
    ],
    [
      "not without a slot or position",
      undefined,
      { ...server, slot: undefined },
      { kind: "misconfigured", why: expect.stringContaining('"backstitch setup"') },
    ],
    [
      "not on a lost slot without a position",
      undefined,
      { ...server, slot: { confirmed: 10n, lost: true } },
      { kind: "misconfigured", why: expect.stringContaining("drop it") },
    ],
  ] as const)("%s", (_name, position, state, start) => {
    expect(startFrom("shop", position, state)).toEqual(start);
  });
});
