/** A file of the project that rules are made of. */
export interface RuleFile {
  /** Relative to the project's folder, with forward slashes: `rules/low-stock.json`. */
  readonly path: string;
  readonly text: string;
}

/** The files that a rule set is compiled from. */
export interface RuleFiles {
  readonly rules: readonly RuleFile[];
  /** `conditions/vip.json` is the condition `vip`. */
  readonly conditions: readonly RuleFile[];
  /** `templates/receipt.liquid` is the template `receipt.liquid`. */
  readonly templates: readonly RuleFile[];
  /** `values/buyers.json` is read as `values.buyers`. */
  readonly values: readonly RuleFile[];
}

/** The path without the folder and the ending: what the file is called in rules. */
export function nameOfFile({ path }: RuleFile, folder: string, ending: string): string {
  const inside = path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
  return inside.endsWith(ending) ? inside.slice(0, inside.length - ending.length) : inside;
}
