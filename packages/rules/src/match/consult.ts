import type { CompiledCondition } from "../condition/compile.ts";
import type { Facts } from "../facts/facts.ts";
import { consultationOf } from "./consult-engine.ts";

/** Puts the library's verdicts where the condition looks for them. Returns why the library rejected, undefined where it did not. */
export async function consult({ engines }: CompiledCondition, facts: Facts): Promise<string | undefined> {
  facts.missed.length = 0;
  facts.verdicts.length = 0;
  try {
    for (const engine of engines) facts.verdicts.push((await consultationOf(engine)(facts)).verdict);
    return undefined;
  } catch (error) {
    return rejectionOf(error);
  }
}

/** Why json-rules-engine, or what a developer gave it, could not decide. */
export function rejectionOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  const why = typeof code === "string" ? code : typeof name === "string" ? name : "Error";
  return `json-rules-engine could not decide the condition (${why}).`;
}
