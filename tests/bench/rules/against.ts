/** Ours, json-rules-engine and mingo on the same rules and events. */
import { median, printLine } from "../line.ts";
import { compiled, filesOf, namesMatched, runOurs, type Speed } from "./ours.ts";
import { PEERS, type Peer } from "./peers.ts";
import { eventTexts, rulesOf, SETS, type SetName, SIZES, type Test } from "./sets.ts";

/** Most changes concern nobody: one in a thousand matches a rule. What a match makes, a delivery, costs as much as to parse an event. */
const MEASURED = { count: 40_000, oneIn: 1_000 };
const EVENTS = MEASURED.count;
/** Until V8 compiles no more. */
const WARM_UP = 5;
/** What it is seen by that all match the same. */
const COMPARED = { count: 500, oneIn: 2 };
/** How long a peer is shown events; it may be too slow for all of them. */
const PEER_MS = 1_000;
/** How many times json-rules-engine's speed, by the number of rules. */
const NESTED_GOALS: Readonly<Record<number, number>> = { 10: 400, 100: 3_000, 1_000: 20_000 };
/** Of the speed with 10 rules, what is left with 100,000. */
const SCALE_GOALS: Readonly<Record<SetName, number>> = { exact: 0.5, and2: 0.5, mixed: 0.25, nested: 0.25 };
const PARSE_GOAL = 0.12;

export interface AgainstOptions {
  readonly repetitions: number;
  readonly sets?: readonly SetName[];
  readonly sizes?: readonly number[];
}

interface Measured {
  readonly ours: readonly Speed[];
  readonly peers: ReadonlyMap<Peer, readonly number[]>;
}

export async function against({ repetitions, sets = SETS, sizes = SIZES }: AgainstOptions): Promise<void> {
  for (const set of sets) {
    for (const size of sizes) printAgainst(set, size, await measure(set, size, repetitions));
    const [least = 0, most = 0] = [sizes[0], sizes.at(-1)];
    if (most > least) scale(set, [least, most], repetitions);
  }
}

function printAgainst(set: SetName, size: number, { ours, peers }: Measured): void {
  const seconds = median(ours.map(({ matchSeconds }) => matchSeconds)) / EVENTS;
  for (const [{ name }, times] of peers) {
    const goal = (set === "nested" && name === "json-rules-engine" ? NESTED_GOALS[size] : undefined) ?? 1;
    printLine({ name: `rules.${set}.${size}.${name}`, ours: 1 / seconds, peer: median(times), unit: "events/s", goal, better: "more" });
  }
  const parsing = median(ours.map(({ parseSeconds }) => parseSeconds)) / EVENTS;
  const goal = set === "mixed" && size === 1_000 ? PARSE_GOAL : 1;
  printLine({ name: `rules.${set}.${size}.parse`, ours: seconds * 1e9, peer: parsing * 1e9, unit: "ns/event", goal, better: "less" });
}

/** Few rules and many in turns, so that both are measured on the same machine. */
function scale(set: SetName, sizes: readonly [number, number], repetitions: number): void {
  const sides = sizes.map((size) => ({
    ruleSet: compiled(filesOf(set, rulesOf(set, size))),
    texts: eventTexts(set, size, MEASURED),
    speeds: [] as number[],
  }));
  for (let turn = -1; turn < repetitions * 3; turn += 1) {
    for (const { ruleSet, texts, speeds } of sides) {
      const { matchSeconds } = runOurs(ruleSet, texts);
      if (turn >= 0) speeds.push(EVENTS / matchSeconds);
    }
  }
  const [few = NaN, many = NaN] = sides.map(({ speeds }) => median(speeds));
  printLine({
    name: `rules.${set}.${sizes[1]}-over-${sizes[0]}`,
    ours: many,
    peer: few,
    unit: "events/s",
    goal: SCALE_GOALS[set],
    better: "more",
  });
}

async function measure(set: SetName, size: number, repetitions: number): Promise<Measured> {
  const tests = rulesOf(set, size);
  const texts = eventTexts(set, size, MEASURED);
  const compared = eventTexts(set, size, COMPARED);
  const ruleSet = compiled(filesOf(set, tests));
  const peers = PEERS.filter(({ mostRules }) => size <= mostRules);
  for (const peer of peers) await compare(peer, tests, { texts: compared, names: namesMatched(ruleSet, compared) });
  for (let turn = 0; turn < WARM_UP; turn += 1) runOurs(ruleSet, texts);
  const ours: Speed[] = [];
  const times = new Map(peers.map((peer) => [peer, [] as number[]]));
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    for (const [peer, measured] of times) measured.push(await afterCleaning(() => runPeer(peer, tests, texts)));
    ours.push(await afterCleaning(() => runOurs(ruleSet, texts)));
  }
  return { ours, peers: times };
}

/** What one has left behind is not swept while another is measured. */
async function afterCleaning<Result>(run: () => Result | Promise<Result>): Promise<Result> {
  global.gc?.();
  return run();
}

function rowOf(text: string): Readonly<Record<string, unknown>> {
  return (JSON.parse(text) as { after: Record<string, unknown> }).after;
}

/** @throws Error where a peer does not match the same rules. */
async function compare(
  peer: Peer,
  tests: readonly Test[],
  { texts, names }: { texts: readonly string[]; names: readonly string[] },
): Promise<void> {
  const match = peer.open(tests);
  const until = performance.now() + 4 * PEER_MS;
  for (const [index, expected] of names.entries()) {
    if (performance.now() > until) return;
    const found = (await match(rowOf(texts[index] ?? ""))).toSorted().join();
    if (found !== expected) throw new Error(`${peer.name} matches "${found}", and we "${expected}": ${texts[index]}`);
  }
}

/** Events in a second. */
async function runPeer(peer: Peer, tests: readonly Test[], texts: readonly string[]): Promise<number> {
  const match = peer.open(tests);
  const rows = texts.slice(0, 10_000).map(rowOf);
  const started = performance.now();
  let shown = 0;
  while (shown < rows.length && performance.now() - started < PEER_MS) await match(rows[shown++] ?? {});
  return (shown / (performance.now() - started)) * 1000;
}
