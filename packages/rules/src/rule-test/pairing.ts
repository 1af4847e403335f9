/**
 * Pairs each wanted thing with one that is there, so that as many as can be fit; none is used twice.
 * @returns for each wanted one the index of its partner, undefined where there is none that fits.
 */
export function pair(wanted: number, there: number, fits: (wanted: number, there: number) => boolean): readonly (number | undefined)[] {
  const takenBy = new Map<number, number>();
  const place = (one: number, tried: Set<number>): boolean => {
    for (let other = 0; other < there; other++) {
      if (tried.has(other) || !fits(one, other)) continue;
      tried.add(other);
      const holder = takenBy.get(other);
      if (holder !== undefined && !place(holder, tried)) continue;
      takenBy.set(other, one);
      return true;
    }
    return false;
  };
  for (let one = 0; one < wanted; one++) place(one, new Set());
  const partners = Array.from<number | undefined>({ length: wanted });
  for (const [other, one] of takenBy) partners[one] = other;
  return partners;
}
