import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { DeliveryRecord, Journal } from "@backstitch/core/journal";
import { openPostgresJournal } from "@backstitch/journals/postgres";
import { openSqliteJournal } from "@backstitch/journals/sqlite";
import { backstitch } from "../support/backstitch.ts";
import type { FarSide } from "./far-side.ts";
import type { Seen, Told, VersionArrival } from "./judge.ts";
import { KINDS } from "./kinds.ts";
import type { JournalType } from "./project.ts";
import type { Written } from "./writer.ts";

/** Where nothing moves for so long, nothing will. */
const STILL_FOR_MS = 180_000;
const PAGE = 1_000;

/** Opens the journal beside those that run. */
export async function openBeside(type: JournalType, folder: string, url: string): Promise<Journal> {
  if (type === "postgres") return openPostgresJournal({ connectionString: url, as: "beside" });
  return openSqliteJournal({ path: sqliteFile(folder), owner: "beside" });
}

export function sqliteFile(folder: string): string {
  return join(folder, ".backstitch/journal.db");
}

/** Waits until every event is recorded and nothing moves by itself. Returns how many deliveries are left without an end state. */
export async function comeToRest(
  open: () => Promise<Journal>,
  { rows }: Written,
): Promise<{ readonly journal: Journal; readonly unsettled: number }> {
  let giveUpAt = performance.now() + STILL_FOR_MS;
  let last = "";
  let journal: Journal | undefined;
  for (;;) {
    // It may not be there yet.
    journal ??= await open().catch(() => undefined);
    const counts = await journal?.counts();
    const now = JSON.stringify(counts);
    if (now !== last) giveUpAt = performance.now() + STILL_FOR_MS;
    last = now;
    const late = performance.now() > giveUpAt;
    if (journal !== undefined && counts !== undefined) {
      const { pending, claimed, started, waiting, uncertain } = counts.deliveries;
      const unsettled = pending + claimed + started + waiting + uncertain;
      if (late || (unsettled === 0 && counts.events >= rows)) return { journal, unsettled };
    } else if (late) throw new Error("There is no journal.");
    await wait(100);
  }
}

/** Everything that the judge wants to know. */
export async function gatherEvidence(
  journal: Journal,
  farSide: FarSide,
  { folder, environment }: { readonly folder: string; readonly environment: Readonly<Record<string, string>> },
): Promise<Omit<Seen, "unsettled" | "endings">> {
  const versions = farSide.sink.arrivals
    .filter(({ path }) => path === "/versions")
    .map(({ body: { id, version = NaN }, life, key }) => ({ id, version, life, key }));
  const verified = await backstitch(["verify", "-p", folder, "--json"], environment);
  const { unaccounted } = JSON.parse(verified.stdout || `{"unaccounted": []}`) as Pick<Verified, "unaccounted">;
  const said = unaccounted.map(({ id, code, reason }) => `${id}: ${code} ${reason}`);
  const failed = verified.code !== 0 && said.length === 0 ? [`verify exited ${verified.code}: ${verified.stderr}`] : [];
  return {
    versions,
    notes: farSide.notes(),
    told: await toldOfNotes(journal),
    uncertain: await uncertainOf(journal, versions),
    eventsInJournal: (await journal.counts()).events,
    unaccounted: [...said, ...failed],
  };
}

interface Verified {
  readonly unaccounted: Awaited<ReturnType<Journal["verify"]>>;
}

async function toldOfNotes(journal: Journal): Promise<Map<number, Told>> {
  const told = new Map<number, Told>();
  for (const rule of Object.keys(KINDS)) {
    let page: readonly DeliveryRecord[];
    let afterSeq = 0;
    do {
      page = await journal.deliveries({ rule, afterSeq, limit: PAGE });
      for (const record of page) told.set(noteOf(record), toldBy(record));
      afterSeq = page.at(-1)?.seq ?? afterSeq;
    } while (page.length === PAGE);
  }
  return told;
}

function noteOf({ args }: DeliveryRecord): number {
  const body = args?.["body"];
  return Number(typeof body === "object" && body !== null ? (body as { id?: unknown }).id : body);
}

function toldBy({ state, outcomes }: DeliveryRecord): Told {
  return {
    state,
    code: codeOf(outcomes.at(-1)?.outcome),
    uncertain: outcomes.filter(({ outcome }) => outcome.kind === "uncertain").length,
  };
}

function codeOf(outcome: DeliveryRecord["outcomes"][number]["outcome"] | undefined): string | undefined {
  return outcome !== undefined && "code" in outcome ? outcome.code : undefined;
}

/** Of versions that came more than once. Their key is the delivery's id. */
async function uncertainOf(journal: Journal, versions: readonly VersionArrival[]): Promise<Map<string, number>> {
  const times = Map.groupBy(versions, ({ key }) => key ?? "");
  const uncertain = new Map<string, number>();
  for (const [key, arrivals] of times) {
    const record = arrivals.length > 1 ? await journal.delivery(key) : undefined;
    if (record !== undefined) uncertain.set(key, toldBy(record).uncertain);
  }
  return uncertain;
}
