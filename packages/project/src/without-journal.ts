import type { ServiceDefinition } from "@backstitch/core/runtime";
import type { CompiledRuleSet } from "@backstitch/rules";

/** What a project asks of a journal, each a line, where Lambda has none: every invocation may be a process of its own, and none knows what the others send. */
export interface WithoutJournal {
  /** More than a rule says would be sent: the project cannot run so. */
  readonly refused: readonly string[];
  /** Not kept; the rest works. */
  readonly ignored: readonly string[];
}

export function withoutJournal(rules: CompiledRuleSet["rules"], services: readonly ServiceDefinition[]): WithoutJournal {
  const limited = rules.filter(({ enabled, limited }) => enabled && limited);
  return { refused: limited.map(({ name }) => notCounted(name)), ignored: services.flatMap(notKept) };
}

function notKept({ name, limits }: ServiceDefinition): readonly string[] {
  if (limits === undefined) return [];
  return [`services/${name}.json: "limits" are not kept by Lambda; bound the function's concurrency, and the service's.`];
}

function notCounted(rule: string): string {
  return `rules/${rule}.json: "limits" of a rule are counted in a journal, and Lambda has none. Remove all but "hops", or run the rule with "backstitch run".`;
}
