import type { RuleSummary } from "./compiled-rule.ts";

/** Lists that many rules have alike are one list. Most are of one. */
export interface Alike {
  /** By the text. */
  readonly ofOneText: Map<string, readonly unknown[]>;
  /** By its usual name. */
  readonly ofOneAction: Map<string, RuleSummary["actions"]>;
  /** By what JSON writes of them. */
  readonly others: Map<string, readonly unknown[]>;
}

export function newAlike(): Alike {
  return { ofOneText: new Map(), ofOneAction: new Map(), others: new Map() };
}

/** The list, or one that is the same. */
export function shared<Item>({ ofOneText, others }: Alike, list: readonly Item[]): readonly Item[] {
  const [only] = list;
  const one = list.length === 1 && typeof only === "string";
  return sharedBy(one ? ofOneText : others, one ? only : JSON.stringify(list), () => list) as readonly Item[];
}

/** What the entries ask for. */
export function sharedActions({ ofOneAction, others }: Alike, then: RuleSummary["actions"]): RuleSummary["actions"] {
  const make = (): RuleSummary["actions"] => then.map(({ name, service, action, ifUncertain }) => ({ name, service, action, ifUncertain }));
  const [only] = then;
  const isUsual = then.length === 1 && only !== undefined && only.name === usualName(only) && only.ifUncertain === "retry";
  if (isUsual) return sharedBy(ofOneAction, only.name, make);
  return sharedBy(others, JSON.stringify(make()), make) as RuleSummary["actions"];
}

/** What an entry is called that has no name of its own. */
export function usualName({ service, action }: { readonly service: string; readonly action: string }): string {
  return `${service}.${action}`;
}

function sharedBy<List>(lists: Map<string, List>, key: string, make: () => List): List {
  const known = lists.get(key);
  if (known !== undefined) return known;
  const made = make();
  lists.set(key, made);
  return made;
}
