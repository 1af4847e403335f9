import type { CompiledRule } from "../rule/compiled-rule.ts";
import type { Entry } from "./index/bucket.ts";

export interface Revised {
  readonly entries: readonly Entry[];
  readonly added: readonly Entry[];
  readonly removed: readonly Entry[];
}

/** Fewer changes than this are always worth making one by one. */
const FEW = 64;

/** What differs between the entries and the rules that shall be in force; undefined where to begin anew is less work. */
export function revise(entries: readonly Entry[], rules: readonly CompiledRule[]): Revised | undefined {
  const most = Math.min(entries.length, rules.length);
  let start = 0;
  while (start < most && entries[start]?.rule === rules[start]) start++;
  let end = 0;
  while (end < most - start && entries.at(-1 - end)?.rule === rules.at(-1 - end)) end++;
  const before = entries.slice(0, start);
  const after = entries.slice(entries.length - end);
  const middle = reviseMiddle(entries.slice(start, entries.length - end), rules.slice(start, rules.length - end), {
    low: before.at(-1)?.order ?? -1,
    high: after[0]?.order,
  });
  if (middle === undefined || middle.added.length + middle.removed.length > FEW + rules.length / 4) return undefined;
  return { ...middle, entries: [...before, ...middle.entries, ...after] };
}

/** Entries that would have to change places are removed, and added anew. */
function reviseMiddle(
  entries: readonly Entry[],
  rules: readonly CompiledRule[],
  { low, high }: { readonly low: number; readonly high: number | undefined },
): Revised | undefined {
  const known = new Map(entries.map((entry) => [entry.rule, entry]));
  const kept = new Set<Entry>();
  let last = low;
  const keeps = rules.map((rule) => {
    const entry = known.get(rule);
    if (entry === undefined || entry.order <= last) return undefined;
    last = entry.order;
    kept.add(entry);
    return entry;
  });
  const added: Entry[] = [];
  const revised: Entry[] = [];
  for (const [index, rule] of rules.entries()) {
    const keep = keeps[index];
    const entry = keep ?? { rule, order: orderBetween(revised.at(-1)?.order ?? low, keeps, index, high), live: false, found: 0 };
    if (entry.order <= (revised.at(-1)?.order ?? low) || (high !== undefined && entry.order >= high)) return undefined;
    if (keep === undefined) added.push(entry);
    revised.push(entry);
  }
  return { entries: revised, added, removed: entries.filter((entry) => !kept.has(entry)) };
}

/** Half way to the next that stays. Where halves are used up, the order comes out wrong, and all are numbered anew. */
// oxlint-disable-next-line max-params -- between what, and where to look for the next
function orderBetween(low: number, keeps: readonly (Entry | undefined)[], index: number, high: number | undefined): number {
  const next = keeps.find((entry, at) => at > index && entry !== undefined)?.order ?? high;
  return next === undefined ? low + 1 : (low + next) / 2;
}
