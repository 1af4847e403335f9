/** A sentence that names a table that is not there, and the one that was probably meant. */
export function missingTable(collection: string, known: readonly string[]): string {
  const near = known.map((name) => ({ name, distance: distanceOf(name, collection) })).sort((a, b) => a.distance - b.distance)[0];
  const guess = near !== undefined && near.distance <= Math.max(2, collection.length / 3) ? ` Did you mean "${near.name}"?` : "";
  return `There is no table "${collection}" in the database.${guess}`;
}

/** How many letters differ (Levenshtein). */
function distanceOf(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const changed = (row[j - 1] as number) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[right.length] as number;
}
