import { LINK } from "@backstitch/core/connector";
import type { Problem } from "@backstitch/core/rules";
import { mayReject } from "../../condition/size-of.ts";
import { guardWorlds } from "../guards.ts";
import type { Node } from "../solver/leaf.ts";
import { keyOf, opposite } from "../solver/node.ts";
import type { World } from "../solver/world.ts";
import type { Check, Study } from "../study.ts";
import { warning, type Said } from "../warning.ts";
import type { WrittenEntry, WrittenGuard } from "../written.ts";
import { newDenials, type AskedOfService } from "./denials.ts";
import { MOST_COMPARED } from "./pairs-order.ts";

/** Guards that permit nothing, or nothing that is not permitted already, and what they leave no rule to do. */
export const guards: Check = {
  finds: {
    GUARD_WITHOUT_ACTION: "a guard that lists no action, and so permits nothing",
    GUARD_DUPLICATE: "a guard that permits the same as another one of its service",
    GUARD_SUBSUMED: "a guard that permits only what another one of its service permits",
    RULE_ACTION_DENIED:
      "an action that a rule asks for and no guard of the service ever permits, or not with what is written in its arguments",
  },
  *find(study) {
    for (const ofService of study.guards.values()) yield* withinService(study, ofService);
    const permitted = permittedOf(study);
    const deniedFor = newDenials(study);
    for (const asked of study.rules.flatMap(({ entries }) => entries.flatMap(askedBy))) {
      const isDenied = permitted.get(asked.service)?.has(asked.action) === false;
      yield* isDenied ? denied(asked) : deniedFor(asked);
    }
  },
};

/** The entry's action, and each of its links. */
function askedBy(entry: WrittenEntry): readonly AskedOfService[] {
  return [entry, ...entry.links.map((link) => ({ ...link, action: LINK }))];
}

interface Side {
  readonly guard: WrittenGuard;
  readonly node: Node;
  readonly worlds: readonly World[];
}

function sideOf({ normaliser }: Study, guard: WrittenGuard): Side {
  return { guard, node: normaliser.normal(guard.condition), worlds: guardWorlds(guard).seen };
}

function* withinService(study: Study, ofService: readonly WrittenGuard[]): Iterable<Problem> {
  for (const guard of ofService) {
    const remedy = "List the actions that it permits, or remove it.";
    const message = `Guard ${nameOf(guard)} lists no action: it permits nothing.`;
    if (guard.actions.size === 0) yield warning(guard, { code: "GUARD_WITHOUT_ACTION", message, remedy });
  }
  const kept = new Set<Side>();
  for (const one of ofService.map((guard) => sideOf(study, guard))) {
    // Of one that permits nothing, that is said.
    if (!study.solver.possible([one.node], one.worlds)) continue;
    const others = [...kept].slice(-MOST_COMPARED);
    kept.add(one);
    for (const other of others) {
      const said = kept.has(one) ? compare(study, other, one) : undefined;
      if (said === undefined) continue;
      kept.delete(said.of);
      yield warning(said.of.guard, said.what);
    }
  }
}

/** What is said of which of them. */
function compare({ solver }: Study, one: Side, other: Side): { readonly of: Side; readonly what: Said } | undefined {
  if (keyOf(one.node) === keyOf(other.node) && isWithin(one, other) && isWithin(other, one)) {
    const message = `Guard ${nameOf(one.guard)} permits the same.`;
    return { of: other, what: { code: "GUARD_DUPLICATE", message, remedy: "Remove one of them." } };
  }
  for (const [narrow, wide] of [[other, one] as const, [one, other] as const]) {
    if (!isWithin(narrow, wide) || mayReject(wide.guard.condition) || solver.possible([narrow.node, opposite(wide.node)], narrow.worlds))
      continue;
    const message = `Guard ${nameOf(wide.guard)} permits whatever this one does.`;
    return { of: narrow, what: { code: "GUARD_SUBSUMED", message, remedy: "Remove this one, or make the other one stricter." } };
  }
  return undefined;
}

function isWithin({ guard: narrow }: Side, { guard: wide }: Side): boolean {
  const isWide = narrow.callers.every((caller) => wide.callers.includes(caller));
  return isWide && [...narrow.actions.keys()].every((action) => wide.actions.has(action));
}

/** Of each service that has guards, the actions that one of them may permit rules. */
function permittedOf(study: Study): ReadonlyMap<string, ReadonlySet<string | undefined>> {
  const permitted = [...study.guards].map(([service, ofService]) => {
    const sides = ofService.filter(({ callers }) => callers.includes("rules")).map((guard) => sideOf(study, guard));
    const worlds = sides.flatMap(({ node, worlds }) => worlds.filter((world) => study.solver.possible([node], [world])));
    return [service, new Set(worlds.map(({ action }) => action))] as const;
  });
  return new Map(permitted);
}

function* denied({ service, action, ...mark }: AskedOfService): Iterable<Problem> {
  const message = `No guard of ${JSON.stringify(service)} ever permits ${JSON.stringify(action)}: every delivery is rejected.`;
  const remedy = `Let a guard in services/${service}.json permit it, or remove this entry.`;
  yield warning(mark, { code: "RULE_ACTION_DENIED", message, remedy });
}

function nameOf({ name }: WrittenGuard): string {
  return JSON.stringify(name);
}
