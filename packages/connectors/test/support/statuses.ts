/** What a row of a table says of the statuses that it is for. */
interface StatusRow {
  /** First and last. */
  readonly status: readonly [from: number, to: number];
  /** Absent: whatever the circumstances. */
  readonly when?: string;
}

/** Rows one by one, each with a status that it decides: its first, its last and one between, where no row before it takes that. */
export function casesOf<Row extends StatusRow>(rows: readonly Row[]): readonly (Omit<Row, "status"> & { readonly status: number })[] {
  return rows.flatMap((row, index) => {
    const [from, to] = row.status;
    const before = rows.slice(0, index).filter(({ when }) => when === undefined);
    const statuses = [...new Set([from, Math.floor((from + to) / 2), to])];
    const own = statuses.filter((status) => !before.some((other) => status >= other.status[0] && status <= other.status[1]));
    if (own.length === 0) throw new Error(`The row of ${from} to ${to} never decides.`);
    return own.map((status) => ({ ...row, status }));
  });
}
