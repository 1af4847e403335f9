/** 1,000 patterns on one field, beside a loop over them. */
import type { ChangeEvent } from "@backstitch/core/source";
import type { CompiledRuleSet } from "@backstitch/rules";
import { median, printLine } from "../line.ts";
import { compiled, fileOf, matchNow } from "./ours.ts";
import { eventTexts, generator } from "./sets.ts";

const RULES = 1_000;
const EVENTS = 4_000;
/** For a loop. */
const FEW = 200;
const WORDS = ["order", "late", "refund", "parcel", "broken", "urgent", "invoice", "customs", "return", "damaged", "gift", "missing"];

const FORMS: readonly ((word: string) => string)[] = [
  (word) => word,
  (word) => `${word}\\s+\\d+`,
  (word) => `^${word}`,
  (word) => `${word}$`,
  (word) => `(?i)${word.toUpperCase()}`,
  (word) => `${word}(?:ed|ing)?\\b`,
];

export function regex(repetitions: number): void {
  const random = generator(7);
  const pick = (items: readonly string[]): string => items[Math.floor(random() * items.length)] ?? "";
  const patterns = Array.from({ length: RULES }, (_, index) => (FORMS[index % FORMS.length] ?? String)(`${pick(WORDS)}-${index}`));
  const note = (): string => Array.from({ length: 12 }, () => `${pick(WORDS)}-${Math.floor(random() * RULES * 50)}`).join(" ");
  const events = eventTexts("exact", 10, { count: EVENTS, oneIn: 100 }).map((text) => {
    const event = JSON.parse(text) as ChangeEvent;
    return { ...event, after: { ...event.after, note: note() } };
  });
  const test = (pattern: string): object => ({ "after.note": { $regex: pattern } });
  const indexed = compiled(patterns.map((pattern, index) => fileOf(`r${index}`, test(pattern))));
  // Beside what no index looks up, every pattern is tried; it is never true.
  const loop = compiled(patterns.map((pattern, index) => fileOf(`r${index}`, { $or: [test(pattern), { "values.limit": 11 }] })));
  const natives = patterns.map((pattern) => new RegExp(pattern.replace("(?i)", ""), pattern.startsWith("(?i)") ? "iu" : "u"));
  compare(indexed, loop, events.slice(0, FEW));
  const times = { indexed: [] as number[], loop: [] as number[], native: [] as number[] };
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    times.loop.push(speed(events.slice(0, FEW), (event) => matchNow(loop, [event])));
    times.native.push(speed(events.slice(0, FEW), ({ after }) => natives.filter((pattern) => pattern.test(after.note))));
    times.indexed.push(speed(events, (event) => matchNow(indexed, [event])));
  }
  const ours = median(times.indexed);
  printLine({ name: `rules.regex.${RULES}.loop`, ours, peer: median(times.loop), unit: "events/s", goal: 10, better: "more" });
  printLine({ name: `rules.regex.${RULES}.native-loop`, ours, peer: median(times.native), unit: "events/s", goal: 1, better: "more" });
}

function speed<Event>(events: readonly Event[], match: (event: Event) => unknown): number {
  const started = performance.now();
  for (const event of events) match(event);
  return (events.length / (performance.now() - started)) * 1000;
}

/** @throws Error where they differ. */
function compare(indexed: CompiledRuleSet, loop: CompiledRuleSet, events: readonly ChangeEvent[]): void {
  for (const event of events) {
    const [one, other] = [indexed, loop].map((ruleSet) => JSON.stringify(matchNow(ruleSet, [event]).deliveries));
    if (one !== other) throw new Error(`With the index ${one}, without it ${other}.`);
  }
}
