import { REPORTED } from "@backstitch/core/connector";
import type { Learned, News } from "@backstitch/core/journal";
import { PAYLOAD_KEPT_MS } from "../shared/limits.ts";
import { changesOf, joined, reportOf, type KeptReport } from "../shared/news.ts";
import type { Statement } from "./database.ts";
import { standingOf } from "./report.ts";
import { statesOf, tallyLanes } from "./redrive.ts";
import { releaseUntallied } from "./settle.ts";
import { clockOf, lock, NOW, type Store } from "./store.ts";
import { suppress } from "./suppression.ts";
import { storable, unstorable } from "./text.ts";

export async function learn(store: Store, news: readonly News[]): Promise<readonly Learned[]> {
  const learned = await keepReports(store, news);
  const all: Learned[] = [];
  for (const [index, one] of news.entries()) {
    let isNew = false;
    for (const change of changesOf(one)) isNew = (await suppress(store, change)) || isNew;
    all.push(learned[index] ?? (isNew ? "new" : "known"));
  }
  return all;
}

const rank = (standing: string): string => `array_position(ARRAY[${REPORTED.map((one) => `'${one}'`).join(", ")}], ${standing})`;
const weight = (of: string): string => `(${rank(`${of}.standing`)}, -${of}.at, coalesce(${of}.code, ''), coalesce(${of}.reason, ''))`;
const SAYS_MORE = `${weight("excluded")} > ${weight("report")}`;
const further = (column: string): string => `${column} = CASE WHEN ${SAYS_MORE} THEN excluded.${column} ELSE report.${column} END`;

/** Gives what stood before of the deliveries that are there. */
const KEEP = `
  WITH told AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[])
      AS told (id, service, standing, at, code, reason, receipt)
  ),
  found AS (
    SELECT d.seq, d.state, d.redriven, told.* FROM told CROSS JOIN LATERAL (
      SELECT seq, state, redriven FROM delivery WHERE delivery.id = told.id AND delivery.service = told.service OFFSET 0
    ) AS d
  ),
  kept AS (
    INSERT INTO report (delivery, standing, at, code, reason, receipt, open)
    SELECT seq, standing, at, code, reason, receipt, NOT redriven AND state NOT IN ('accepted', 'rejected', 'expired', 'dropped') FROM found ORDER BY seq
    ON CONFLICT (delivery) DO UPDATE SET ${["standing", "at", "code", "reason"].map(further).join(", ")},
      receipt = coalesce(report.receipt, excluded.receipt), open = excluded.open
  )
  SELECT found.id, found.service, NOT found.redriven AND found.state = ANY ($8::text[]) AS waits, b.standing, b.at, b.code, b.reason FROM found
  LEFT JOIN LATERAL (SELECT * FROM report WHERE report.delivery = found.seq OFFSET 0) AS b ON true`;

/** Undefined for what tells nothing of a delivery. */
async function keepReports(store: Store, news: readonly News[]): Promise<readonly (Learned | undefined)[]> {
  const nameOf = ({ deliveryId = "", service }: News): string => JSON.stringify([deliveryId, service]);
  const told = new Map<string, { readonly of: News; readonly report: KeptReport }>();
  for (const of of news) {
    const report = reportOf(of);
    if (report !== undefined) told.set(nameOf(of), { of, report: joined(told.get(nameOf(of))?.report, report) });
  }
  const rows = told.size === 0 ? [] : await store.db.query(keeping([...told.values()]));
  if (rows.some((row) => row["waits"] === true)) await acceptReported(store);
  const stands = new Map(rows.map((row) => [JSON.stringify([row["id"], unstorable(row["service"] as string)]), standingOf(row)]));
  return news.map((one) => {
    const report = reportOf(one);
    if (report === undefined) return undefined;
    const name = nameOf(one);
    if (!stands.has(name)) return "unknown";
    const before = stands.get(name);
    const after = joined(before, report);
    stands.set(name, after);
    return after.standing === before?.standing && after.code === before.code ? "known" : "new";
  });
}

function keeping(told: readonly { readonly of: News; readonly report: KeptReport }[]): Statement {
  const texts = (valueOf: (one: (typeof told)[number]) => string | undefined): readonly (string | null)[] =>
    told.map((one) => {
      const value = valueOf(one);
      return value === undefined ? null : storable(value);
    });
  const values = [
    texts(({ of }) => of.deliveryId),
    texts(({ of }) => of.service),
    texts(({ report }) => report.standing),
    told.map(({ report }) => Math.round(report.at)),
    texts(({ report }) => report.code),
    texts(({ report }) => report.reason),
    texts(({ report }) => report.receiptId),
    statesOf("report"),
  ];
  return { name: "news.keep", text: KEEP, values };
}

/** Most deliveries that one look accepts. */
const ACCEPT_ROWS = 1_000;

/** Whether a delivery is told of that is neither settled nor under a claim: it was taken, and must not be claimed. */
export const ANY_TOLD_OF = `
  EXISTS (
    SELECT FROM report CROSS JOIN LATERAL (SELECT state FROM delivery WHERE delivery.seq = report.delivery OFFSET 0) AS told
    WHERE report.open AND told.state IN ('pending', 'waiting', 'uncertain', 'held')
  )`;

const TOLD_OF = `
  SELECT d.id FROM report CROSS JOIN LATERAL (SELECT id, state FROM delivery WHERE delivery.seq = report.delivery OFFSET 0) AS d
  WHERE report.open AND d.state = ANY ($1::text[]) LIMIT ${ACCEPT_ROWS}`;
const CLOSE = `
  UPDATE report SET open = false
  WHERE open AND (SELECT state FROM delivery WHERE delivery.seq = report.delivery) IN ('accepted', 'rejected', 'expired', 'dropped')`;

const ACCEPT = `
  WITH ${NOW},
  over AS (
    SELECT d.seq, d.state, d.attempts, report.receipt FROM unnest($2::text[]) AS asked (id)
    JOIN delivery AS d ON d.id = asked.id JOIN report ON report.delivery = d.seq
    WHERE d.state = ANY ($3::text[]) AND NOT d.redriven FOR NO KEY UPDATE OF d
  ),
  moved AS (
    UPDATE delivery AS d SET state = 'accepted', next_at = t.now + ${PAYLOAD_KEPT_MS}, place = 0, claim = d.claim + 1, parked = false, kept_back = false
    FROM over, t WHERE d.seq = over.seq RETURNING d.seq, d.claim, over.state AS was, over.attempts AS before, over.receipt
  ),
  kept AS (
    INSERT INTO outcome (delivery, claim, attempt, at, code, body)
    SELECT seq, claim, before, t.now, NULL,
      '{"kind":"accepted","receipt":{' || coalesce('"id":' || to_json(receipt)::text || ',', '') || '"reported":true}}' FROM moved, t
  ),
  counted AS (
    INSERT INTO tally SELECT was, -count(*) FROM moved GROUP BY was UNION ALL SELECT 'accepted', count(*) FROM moved HAVING count(*) > 0
  )
  SELECT seq FROM moved`;

/** What is told of and not settled was taken. What is under a claim has its end by that. */
export async function acceptReported(store: Store): Promise<void> {
  const states = statesOf("report");
  const found = await store.db.query({ name: "news.told", text: TOLD_OF, values: [states] });
  const ids = found.map((row) => row["id"] as string);
  const accept: Statement = { name: "news.accept", text: ACCEPT, values: [clockOf(store), ids, states] };
  const close: Statement = { name: "news.close", text: CLOSE, values: [] };
  if (ids.length === 0) return void (await store.db.query(close));
  await store.db.transaction([
    lock("lanes", "alone"),
    tallyLanes(ids, [], -1),
    accept,
    releaseUntallied(store, ids, false),
    releaseUntallied(store, ids, true),
    tallyLanes(ids, [], 1),
    close,
  ]);
}
