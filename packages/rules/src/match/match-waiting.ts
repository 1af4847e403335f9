import type { Matched } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import type { Notes } from "../facts/facts.ts";
import type { CompiledRule, CompiledThen } from "../rule/compiled-rule.ts";
import { consult } from "./consult.ts";
import type { Drawer } from "./filing.ts";
import { deliver, fulfil, partsOf, wants } from "./fulfil.ts";
import { failedEntry, type Gathering, type Shown } from "./gathering.ts";
import { fail, matches, matchPlain, show, type Shelves } from "./match.ts";

export interface MatcherOptions extends Shelves<Drawer> {
  /** Whether an entry's own condition is decided by json-rules-engine. */
  readonly entriesWait: boolean;
}

/** Makes `match`: it waits only where a candidate rule, or an entry of any rule, is decided by json-rules-engine. */
export function matcher(options: MatcherOptions): (events: readonly ChangeEvent[]) => Matched | Promise<Matched> {
  const { filing, entriesWait } = options;
  return (events) => {
    const drawers = events.map(filing.find);
    return entriesWait || drawers.some(waits) ? matchWaiting(events, drawers, options) : matchPlain(events, drawers, options);
  };
}

async function matchWaiting(
  events: readonly ChangeEvent[],
  drawers: readonly (Drawer | undefined)[],
  { filing, values }: Shelves<Drawer>,
): Promise<Matched> {
  const gathering: Gathering = { deliveries: [], failures: [], undecided: [] };
  const notes: Notes = { missed: [], verdicts: [] };
  for (const [index, event] of events.entries()) {
    const drawer = drawers[index];
    if (drawer === undefined) continue;
    const shown = show(event, values, notes);
    const { entries, size } = filing.search(drawer, shown.facts);
    for (const { rule } of entries.slice(0, size)) {
      const reason = await consult(rule.condition, shown.facts);
      if (reason !== undefined) fail(rule, event, { reason, gathering });
      else if (matches(rule, shown, gathering)) {
        for (const then of rule.then) await fulfilWaiting(then, shown, gathering);
      }
    }
  }
  return gathering;
}

function waits(drawer: Drawer | undefined): boolean {
  return drawer !== undefined && drawer.some(({ waiting }) => waiting > 0);
}

/** Whether the condition of one of its entries is decided by json-rules-engine, and so must be waited for. */
export function asksLibrary({ then }: CompiledRule): boolean {
  return then.some(({ when }) => when !== undefined && when.engines.length > 0);
}

/** The same where json-rules-engine itself may have to be asked. */
async function fulfilWaiting(then: CompiledThen, shown: Shown, gathering: Gathering): Promise<void> {
  const { when } = then;
  if (when === undefined || when.engines.length === 0) return fulfil(then, shown, gathering);
  for (const part of partsOf(then, shown, gathering)) {
    const reason = await consult(when, part.facts);
    if (reason !== undefined) gathering.failures.push({ ...failedEntry(then, part), code: "CONDITION_FAILED", reason });
    else if (wants(then, part, gathering)) deliver(then, part, gathering);
  }
}
