import type { CompiledCondition } from "../condition/compile.ts";
import type { EngineCondition } from "../condition/form.ts";
import type { Facts } from "../facts/facts.ts";
import { consultationOf, type Consulted } from "../match/consult-engine.ts";
import { rejectionOf } from "../match/consult.ts";

/** What json-rules-engine said of a condition that it decides, or why it rejected. */
export type Consultation = (Consulted & { readonly unsent: readonly string[] }) | { readonly reason: string };
export type Consultations = ReadonlyMap<EngineCondition, Consultation>;

/** Asks json-rules-engine whatever it decides of a condition. Never rejects. */
export async function consultAll({ engines }: CompiledCondition, facts: Facts): Promise<Consultations> {
  const found = new Map<EngineCondition, Consultation>();
  for (const engine of engines) found.set(engine, await consult(engine, facts));
  return found;
}

async function consult(engine: EngineCondition, facts: Facts): Promise<Consultation> {
  facts.missed.length = 0;
  try {
    const consulted = await consultationOf(engine)(facts);
    return { ...consulted, unsent: [...facts.missed] };
  } catch (error) {
    return { reason: rejectionOf(error) };
  }
}

/** The library is asked before anything else: what it rejects rejects the whole. */
export function isRejected({ engines }: CompiledCondition, consultations: Consultations): boolean {
  return engines.some((engine) => "reason" in (consultations.get(engine) ?? {}));
}
