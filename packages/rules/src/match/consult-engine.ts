import { Engine } from "json-rules-engine";
import type { EngineCondition } from "../condition/form.ts";
import { compileFact } from "../condition/library/compile-library.ts";
import { parseLibraryPath, plainValue, readLibraryPath } from "../condition/library/path.ts";
import type { Facts } from "../facts/facts.ts";
import { compileMissed } from "../facts/read.ts";
import { EVENT_ROOTS, ITEM_ROOTS, type Root } from "../path/resolve-path.ts";

/** What json-rules-engine said. */
export interface Consulted {
  /** Undefined: undecided, and the library was not asked. */
  readonly verdict: boolean | undefined;
  /** Its own account of the condition: what it was given, and `result` and what it found at every part that it asked. */
  readonly account: object | undefined;
}

/** Asks json-rules-engine. Rejects where the library does. */
export type Consult = (facts: Facts) => Promise<Consulted>;

/** Most time that one run may take, unless the extensions say otherwise. */
const LIMIT_MS = 1_000;

const factsOf = (roots: readonly Root[]) => roots.map((name) => ({ name, read: compileFact({ root: name, segments: [] }) }));
const EVENT_FACTS = factsOf(EVENT_ROOTS);
const ELEMENT_FACTS = factsOf([...EVENT_ROOTS, ...ITEM_ROOTS]);

const UNDECIDED: Consulted = { verdict: undefined, account: undefined };

const consultations = new WeakMap<EngineCondition, Consult>();

/** One engine for each condition, made once. */
export function consultationOf(condition: EngineCondition): Consult {
  const known = consultations.get(condition);
  if (known !== undefined) return known;
  const made = newConsultation(condition);
  consultations.set(condition, made);
  return made;
}

function newConsultation(condition: EngineCondition): Consult {
  const { reads, extensions } = condition;
  const limitMs = extensions.limitMs ?? LIMIT_MS;
  const missed = reads.map(compileMissed).filter((check) => check !== undefined);
  let engine = newEngine(condition);
  // Runs of one engine share their state: one after the other.
  let last: Promise<unknown> = Promise.resolve();
  return async (facts) => {
    if (missed.reduce((any, check) => check(facts) || any, false)) return UNDECIDED;
    const run = last.then(async () => {
      const given = Object.fromEntries(
        (facts.index === undefined ? EVENT_FACTS : ELEMENT_FACTS).map(({ name, read }) => [name, read(facts)]),
      );
      const { results, failureResults } = await within(limitMs, engine.run(given));
      const verdict = results.length > 0;
      return { verdict, account: { ...[...results, ...failureResults][0]?.conditions, result: verdict } };
    });
    last = run.catch((error: unknown) => {
      // The run goes on somewhere, and would disturb the next.
      if (error instanceof TookTooLong) engine = newEngine(condition);
    });
    return run;
  };
}

/** The library adds to what it is given: it gets a copy. */
function newEngine({ conditions, named, extensions }: EngineCondition): Engine {
  const engine = new Engine([{ conditions: structuredClone(conditions), event: { type: "match" } }], { pathResolver: readPath });
  for (const [name, condition] of named) engine.setCondition(name, structuredClone(condition));
  for (const [name, fact] of extensions.facts) {
    engine.addFact(name, (params, almanac) => fact(params, (other) => almanac.factValue(other)));
  }
  for (const [name, operator] of extensions.operators) engine.addOperator(name, operator);
  return engine;
}

/** Its name is the reason that people read. */
class TookTooLong extends Error {
  override readonly name = "TookTooLong";
}

async function within<Result>(limitMs: number, run: Promise<Result>): Promise<Result> {
  const over = Promise.withResolvers<never>();
  const timer = setTimeout(() => over.reject(new TookTooLong()), limitMs);
  try {
    return await Promise.race([run, over.promise]);
  } finally {
    clearTimeout(timer);
  }
}

const paths = new Map<string, readonly string[]>();

function readPath(value: object, path: string): unknown {
  let segments = paths.get(path);
  if (segments === undefined) {
    segments = parseLibraryPath(path) ?? [];
    paths.set(path, segments);
  }
  return plainValue(readLibraryPath(value, segments));
}
