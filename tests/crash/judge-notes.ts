import { type Kind, KINDS } from "./kinds.ts";
import type { NoteArrival, Seen, Tally, Told } from "./judge.ts";
import { judgeRepeats } from "./judge-repeats.ts";
import type { Note } from "./writer.ts";

/** Every note has arrived or has an end that is as good, by what its kind promises. */
export function judgeNotes(written: ReadonlyMap<number, Note>, seen: Seen, tally: Tally): void {
  const arrivals = Map.groupBy(seen.notes, ({ id }) => id);
  for (const [id, { kind }] of written)
    judgeNote(`Note ${id} (${kind})`, KINDS[kind], { sendings: arrivals.get(id) ?? [], told: seen.told.get(id) }, tally);
  const arrived = new Set(arrivals.keys());
  for (const [name, kind] of Object.entries<Kind>(KINDS)) {
    const ofKind = [...written].filter(([, note]) => note.kind === name);
    if (kind.most !== undefined) tally.broken.push(...unlikeLimit(name, kind.most, ofKind, arrived));
  }
  judgeOrder(written, seen.notes, tally);
}

function judgeNote(
  name: string,
  kind: Kind,
  { sendings, told }: { readonly sendings: readonly NoteArrival[]; readonly told: Told | undefined },
  tally: Tally,
): void {
  const instead = kind.insteadOfArrival;
  const endedSo = told !== undefined && told.state === instead?.state && (instead.code ?? told.code) === told.code;
  if (sendings.length === 0 && !endedSo) {
    tally.lost += 1;
    tally.broken.push(
      `${name} was written and never arrived; the journal says ${told === undefined ? "nothing" : `${told.state} ${told.code}`}.`,
    );
  }
  if (sendings.length > 0 && told?.state !== "accepted" && !endedSo)
    tally.broken.push(`${name} arrived; the journal says ${told?.state ?? "nothing"}.`);
  if (told?.state === "held" && instead?.code === undefined && told.uncertain === 0)
    tally.broken.push(`${name} is held although it was never started.`);
  judgeRepeats(name, sendings, { repeats: kind.repeats, uncertain: told?.uncertain ?? 0 }, tally);
}

/** What is not so: that no more came than the limit lets through, and no less. What it counted it sent. */
function unlikeLimit(
  name: string,
  { of, count }: NonNullable<Kind["most"]>,
  notes: readonly (readonly [id: number, note: Note])[],
  arrived: ReadonlySet<number>,
): readonly string[] {
  return [...Map.groupBy(notes, ([, { who }]) => (of === "who" ? who : "all"))].flatMap(([who, those]) => {
    const came = those.filter(([id]) => arrived.has(id)).length;
    const due = Math.min(count, those.length);
    return came === due ? [] : [`Of ${name}, ${came} arrived for ${who}; the limit lets ${due} through.`];
  });
}

function judgeOrder(written: ReadonlyMap<number, Note>, notes: readonly NoteArrival[], tally: Tally): void {
  const last = new Map<string, number>();
  for (const { id } of notes) {
    const note = written.get(id);
    if (note === undefined) {
      tally.broken.push(`Note ${id} arrived and was never written.`);
      continue;
    }
    const kind: Kind = KINDS[note.kind];
    if (kind.inOrder !== true) continue;
    const lane = `${note.kind} of ${note.who}`;
    const before = last.get(lane) ?? 0;
    last.set(lane, Math.max(before, id));
    if (id >= before) continue;
    tally.outOfOrder += 1;
    tally.broken.push(`Note ${id} (${lane}) arrived after ${before}.`);
  }
}
