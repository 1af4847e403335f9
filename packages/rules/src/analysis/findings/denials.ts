import type { Problem } from "@backstitch/core/rules";
import { isRow, type Value } from "@backstitch/core/values";
import { unwrapped } from "../../arguments/check-constants.ts";
import { compileCondition, type CompiledCondition } from "../../condition/compile.ts";
import { guardFacts } from "../../facts/facts.ts";
import { listOf } from "../../json/index.ts";
import type { Study } from "../study.ts";
import { warning } from "../warning.ts";
import type { WrittenEntry, WrittenGuard } from "../written.ts";

/** A call, or a link, that a rule asks a service for. */
export type AskedOfService = Pick<WrittenEntry, "located" | "at" | "service" | "action" | "args">;

/** Entries whose arguments, as far as they are written in the rule, no guard permits whatever the event is. */
export function newDenials(study: Study): (asked: AskedOfService) => Iterable<Problem> {
  const compiled = new Map<WrittenGuard, CompiledCondition>();
  const conditionOf = (guard: WrittenGuard): CompiledCondition => {
    const condition = compiled.get(guard) ?? compileCondition(guard.condition);
    compiled.set(guard, condition);
    return condition;
  };
  return function* deniedFor(entry) {
    const { service, action, located, at, args } = entry;
    const candidates = (study.guards.get(service) ?? []).filter(isAskedOf(action)).map(conditionOf);
    if (candidates.length === 0 || !isRow(args) || Object.keys(args).some((name) => name.startsWith("$"))) return;
    const known = Object.entries(args).flatMap(([name, value]) => (isWritten(value) ? [[name, unwrapped(value)] as const] : []));
    const names = Object.keys(args);
    /** Whether each guard is false where only these arguments are known; those that are not given never are. */
    const areDenied = (those: typeof known): boolean => {
      const unknown = names.filter((name) => those.every(([other]) => other !== name));
      return candidates.every((condition) => isFalse(condition, guardFacts(action, Object.fromEntries(those), study.values, unknown)));
    };
    if (!areDenied(known)) return;
    const enough = areDenied([]) ? [] : known.filter((one) => areDenied([one])).map(([name]) => name);
    const which = enough.length === 0 ? "these arguments" : `this ${listOf(enough)}`;
    const message = `No guard of ${JSON.stringify(service)} permits ${JSON.stringify(action)} with ${which}: every delivery is rejected.`;
    const remedy = `Let a guard in services/${service}.json permit it, or write what one permits.`;
    const [only, ...others] = enough;
    const mark = { located, at: only === undefined || others.length > 0 ? [...at, "with"] : [...at, "with", only] };
    yield warning(mark, { code: "RULE_ACTION_DENIED", message, remedy });
  };
}

function isAskedOf(action: string): (guard: WrittenGuard) => boolean {
  return ({ actions, callers }) => callers.includes("rules") && actions.has(action);
}

/** One that fails permits nothing either. */
function isFalse(condition: CompiledCondition, facts: Parameters<CompiledCondition["decide"]>[0]): boolean {
  try {
    return condition.decide(facts) === false;
  } catch {
    return true;
  }
}

/** Whether the value is the same for every event. */
function isWritten(value: Value): boolean {
  if (typeof value === "string") return !value.includes("{{") && !value.includes("{%");
  if (Array.isArray(value)) return (value as readonly Value[]).every(isWritten);
  if (!isRow(value)) return true;
  if (Object.hasOwn(value, "$literal")) return true;
  return Object.entries(value).every(([name, item]) => !name.startsWith("$") && isWritten(item));
}
