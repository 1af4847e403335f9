/** Lists that many rules have alike are one list; by what they hold. */
export type Alike = Map<string, readonly unknown[]>;

/** The list, or one that is the same. */
export function shared<Item>({ alike }: { readonly alike: Alike }, list: readonly Item[]): readonly Item[] {
  const [only] = list;
  // Most lists are of one text; what JSON writes of a list does not begin with a comma.
  const key = list.length === 1 && typeof only === "string" ? `,${only}` : JSON.stringify(list);
  const known = alike.get(key) as readonly Item[] | undefined;
  if (known !== undefined) return known;
  alike.set(key, list);
  return list;
}
