/** `Did you mean "$gte"?`, where one of the known names is close enough. */
export function didYouMean(name: string, known: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(name.length / 3));
  let best: string | undefined;
  let least = most + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > most) continue;
    const distance = editDistance(name.slice(0, 64).toLowerCase(), candidate.slice(0, 64).toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best === undefined ? undefined : `Did you mean ${JSON.stringify(best)}?`;
}

/** Insertions, deletions and replacements; two neighbours swapped count as one. */
function editDistance(left: string, right: string): number {
  let before: number[] = [];
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const same = left[i - 1] === right[j - 1];
      const swapped = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
      next[j] = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (before[j - 2] ?? 0) + 1 : Infinity,
      );
    }
    before = row;
    row = next;
  }
  return row[right.length] ?? 0;
}

/** `"sms", "mail"`; cut short where there are many. */
export function listOf(names: readonly string[]): string {
  const shown = names
    .slice(0, 12)
    .map((name) => JSON.stringify(name))
    .join(", ");
  return names.length > 12 ? `${shown}, …` : shown;
}
