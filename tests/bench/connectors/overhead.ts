import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { attempt, openService } from "@backstitch/core/runtime";
import { validate } from "@backstitch/project";
import { median } from "../line.ts";
import type { Call, Contender } from "./contenders.ts";

/** How many calls at a time: as many as a service makes where nothing is configured. */
const AT_A_TIME = 16;
/** Blocks are short, and many: what else the machine does changes by the second. */
const CALLS = 64;
const WARM_UP = 16;
/** Ids of deliveries are as long as that with a number behind it. */
const PREFIX = "abcdefghijklmnopqrstu";

/** Microseconds for each call: medians over blocks. */
export interface Cost {
  readonly cpu: number;
  readonly wall: number;
}

/** What calls cost by the SDK alone, through the function that a developer imports, and through a service as the runtime attempts deliveries. */
export type Costs = Readonly<Record<"bare" | "plain" | "service", Cost>>;

/** Makes blocks of calls in turn, so that whatever else the machine does meets all of them alike. */
export async function measureOverhead(name: string, contender: Contender, rounds: number): Promise<Costs> {
  const peer = fork(join(import.meta.dirname, "peers.ts"), [name]);
  const [url] = (await once(peer, "message")) as [string];
  const ways = { bare: contender.bare(url), plain: contender.plain(url), service: throughService(contender, url) };
  const names = ["bare", "plain", "service"] as const;
  const costs = { bare: [] as Cost[], plain: [] as Cost[], service: [] as Cost[] };
  for (let round = -WARM_UP; round < rounds; round += 1) {
    // Whoever comes first in one round comes last in the next.
    for (const way of round % 2 === 0 ? names : names.toReversed()) {
      const cost = await measureBlock(ways[way], round * CALLS);
      if (round >= 0) costs[way].push(cost);
    }
  }
  peer.disconnect();
  const mid = (blocks: readonly Cost[]): Cost => ({
    cpu: median(blocks.map(({ cpu }) => cpu)),
    wall: median(blocks.map(({ wall }) => wall)),
  });
  return { bare: mid(costs.bare), plain: mid(costs.plain), service: mid(costs.service) };
}

function throughService({ connector, action, args, config }: Contender, url: string): Call {
  const service = openService({ name: "benched", connector, config: config(url) }, validate);
  const services = new Map([["benched", service]]);
  let deliveries = 22_222;
  return async (n) => {
    deliveries += 1;
    // Whoever matched the event has made it.
    const delivery = { id: `${PREFIX}${deliveries}`, service: "benched", action, args: args(n) };
    const outcome = await attempt({ ...delivery, attempts: 0, uncertain: false, ifUncertain: "retry" }, services);
    if (outcome.kind !== "accepted") throw new Error(`${outcome.code}: ${outcome.reason}`);
  };
}

async function measureBlock(call: Call, first: number): Promise<Cost> {
  const [cpuBefore, wallBefore] = [process.cpuUsage(), performance.now()];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < CALLS) {
      const n = next;
      next += 1;
      await call(first + n);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  const { user, system } = process.cpuUsage(cpuBefore);
  return { cpu: (user + system) / CALLS, wall: ((performance.now() - wallBefore) * 1_000) / CALLS };
}
