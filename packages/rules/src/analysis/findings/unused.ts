import type { Problem } from "@backstitch/core/rules";
import { gatherReads } from "../../condition/reads.ts";
import { nameOfFile, type RuleFile } from "../../files.ts";
import { nameOfPath, type Path } from "../../path/resolve-path.ts";
import { leavesOf } from "../leaves.ts";
import { conditionsOf, everyGuard, type Check, type Study } from "../study.ts";
import { warningAt } from "../warning.ts";

/** Files that nobody uses. */
export const unused: Check = {
  finds: {
    CONDITION_UNUSED: "a file of `conditions/` that no rule and no guard names",
    TEMPLATE_UNUSED: "a file of `templates/` that no rule renders",
    VALUES_UNUSED: "a file of `values/` that nobody reads",
  },
  *find(study) {
    const { conditions, templates, values } = study.files;
    const usedConditions = conditionsUsed(study);
    yield* leftOver(conditions, (file) => usedConditions.has(conditionName(file)), {
      code: "CONDITION_UNUSED",
      what: "No rule and no guard names this condition",
    });
    const usedTemplates = templatesUsed(study);
    yield* leftOver(templates, (file) => usedTemplates.has(nameOfFile(file, "templates", "")), {
      code: "TEMPLATE_UNUSED",
      what: "No rule renders this template",
    });
    const reads = readsOf(study);
    yield* leftOver(values, (file) => isRead(nameOfFile(file, "values", ".json"), reads, conditions), {
      code: "VALUES_UNUSED",
      what: "Nobody reads these values",
    });
  },
};

function* leftOver(
  files: readonly RuleFile[],
  isUsed: (file: RuleFile) => boolean,
  { code, what }: { readonly code: string; readonly what: string },
): Iterable<Problem> {
  for (const file of files) {
    if (isUsed(file)) continue;
    yield warningAt({ file: file.path, line: 1, column: 1 }, { code, message: `${what}.`, remedy: "Remove the file, or use it." });
  }
}

function conditionName(file: RuleFile): string {
  return nameOfFile(file, "conditions", ".json");
}

/** By rules and guards as they were compiled. */
function conditionsUsed({ files, rules, named, namedInEach, namedInGuards }: Study): ReadonlySet<string> {
  const used = new Set([named, namedInEach, namedInGuards].flatMap(({ lowered }) => [...lowered.keys()]));
  for (const condition of rules.flatMap(conditionsOf)) {
    for (const { leaf } of leavesOf(condition)) if (leaf.kind === "engine") for (const name of leaf.named.keys()) used.add(name);
  }
  return closure(
    used,
    files.conditions.map((file) => [conditionName(file), file.text] as const),
    [],
    (name) => [JSON.stringify(name)],
  );
}

/** Adds what the used ones name, and what is named elsewhere. */
// oxlint-disable-next-line max-params -- what is used, what there is, where else, and how it is named
function closure(
  used: Set<string>,
  all: readonly (readonly [string, string])[],
  elsewhere: readonly string[],
  spellings: (name: string) => readonly string[],
): ReadonlySet<string> {
  const names = (text: string, name: string): boolean => spellings(name).some((spelling) => text.includes(spelling));
  for (let before = -1; before < used.size;) {
    before = used.size;
    const texts = [...elsewhere, ...all.flatMap(([name, text]) => (used.has(name) ? [text] : []))];
    for (const [name] of all) if (!used.has(name) && texts.some((text) => names(text, name))) used.add(name);
  }
  return used;
}

function templatesUsed({ files, templates }: Study): ReadonlySet<string> {
  const elsewhere = files.rules.map(({ text }) => text);
  const all = [...templates].map(([name, text]) => [name, text] as const);
  return closure(new Set(), all, elsewhere, (name) => [`"${name}"`, `'${name}'`, `\\"${name}\\"`]);
}

function readsOf(study: Study): readonly string[] {
  const byGuards: Path[] = [];
  for (const { condition } of everyGuard(study)) gatherReads(condition, byGuards);
  return [...study.rules.flatMap(({ summary }) => summary.reads), ...byGuards.map(nameOfPath)];
}

/** Rules and guards say exactly what they read; in conditions, the name is looked for. */
function isRead(name: string, reads: readonly string[], conditions: readonly RuleFile[]): boolean {
  if (
    reads.some(
      (path) =>
        path === "values" || path === `values.${name}` || path.startsWith(`values.${name}.`) || path.startsWith(`values["${name}"]`),
    )
  )
    return true;
  return conditions.some(({ text }) => text.includes("values") && text.includes(name));
}
