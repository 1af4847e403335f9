import { Decimal } from "@backstitch/core/values";
import { Engine } from "json-rules-engine";
import { parseEnginePath, readEnginePath } from "../condition/engine-path.ts";
import type { EngineCondition } from "../condition/form.ts";
import { ROOTS, type Facts } from "../facts/facts.ts";
import { compileMissed } from "../facts/read.ts";

/** Asks json-rules-engine for its verdict; undefined: undecided. Rejects where the library does. */
export type Consult = (facts: Facts) => Promise<boolean | undefined>;

const consultations = new WeakMap<EngineCondition, Consult>();

/** One engine for each condition, made once. */
export function consultationOf(condition: EngineCondition): Consult {
  const known = consultations.get(condition);
  if (known !== undefined) return known;
  const made = newConsultation(condition);
  consultations.set(condition, made);
  return made;
}

function newConsultation({ conditions, named, facts: names, reads }: EngineCondition): Consult {
  const missed = reads.map(compileMissed).filter((check) => check !== undefined);
  // The library adds to what it is given, and runs of one engine share their state: a copy, and one run after the other.
  const engine = new Engine([{ conditions: structuredClone(conditions), event: { type: "match" } }], { pathResolver: readPath });
  for (const [name, condition] of named) engine.setCondition(name, structuredClone(condition));
  let last: Promise<unknown> = Promise.resolve();
  return async (facts) => {
    if (missed.reduce((any, check) => check(facts) || any, false)) return undefined;
    const run = last.then(async () => {
      const given = Object.fromEntries(names.map((name) => [name, plain(rootFact(facts, name))]));
      const { results } = await engine.run(given);
      return results.length > 0;
    });
    last = run.catch(() => undefined);
    return run;
  };
}

/** A root that is null is null to the library, although expressions count it as missing. */
function rootFact(facts: Facts, name: string): unknown {
  return name === "before" || name === "after" || name === "key" ? facts[name] : ROOTS[name]?.(facts, undefined);
}

const paths = new Map<string, readonly string[]>();

function readPath(value: object, path: string): unknown {
  let segments = paths.get(path);
  if (segments === undefined) {
    segments = parseEnginePath(path) ?? [];
    paths.set(path, segments);
  }
  return plain(readEnginePath(value, segments));
}

/** The library compares JavaScript numbers: a Decimal, alone or in an array, is one to it. */
function plain(value: unknown): unknown {
  if (value instanceof Decimal) return Number(value.text);
  return Array.isArray(value) ? value.map(plain) : value;
}
