/** The first of those that have the same id: the same change may be posted twice at once. */
export function unique<One extends { readonly id: string }>(all: readonly One[]): readonly One[] {
  const seen = new Set<string>();
  return all.filter(({ id }) => {
    const isNew = !seen.has(id);
    seen.add(id);
    return isNew;
  });
}
