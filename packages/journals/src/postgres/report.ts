import type { KeptReport } from "../shared/news.ts";
import type { Rows } from "./database.ts";
import type { Store } from "./store.ts";
import { unstorable } from "./text.ts";

/** As a row of `report` tells it; undefined: there is none. */
export function standingOf(row: Rows[number]): KeptReport | undefined {
  if (row["standing"] === null) return undefined;
  const { standing, at, code, reason } = row as unknown as { [Name in keyof KeptReport]: KeptReport[Name] | null };
  const report = { standing, at, code: textOf(code), reason: textOf(reason), receiptId: undefined };
  return report as KeptReport;
}

function textOf(stored: string | null | undefined): string | undefined {
  return stored === null || stored === undefined ? undefined : unstorable(stored);
}

const REPORTS = "SELECT delivery, standing, at, code, reason FROM report WHERE delivery = ANY ($1::bigint[])";

/** What was told last of each of these deliveries of which anything was. */
export async function reportsOf(store: Store, seqs: readonly number[]): Promise<ReadonlyMap<number, KeptReport>> {
  if (seqs.length === 0) return new Map();
  const rows = await store.db.query({ name: "news.read", text: REPORTS, values: [seqs] });
  return new Map(rows.flatMap((row) => [[row["delivery"] as number, standingOf(row) as KeptReport] as const]));
}
