import { comeToRest, gatherEvidence, openBeside } from "./evidence.ts";
import { judge, type Verdict } from "./judge.ts";
import type { Scene } from "./scene.ts";
import type { Written } from "./writer.ts";

/** The journal, once everything has come to rest, and how many deliveries are left without an end state. */
export type Rested = Awaited<ReturnType<typeof comeToRest>>;

/** Waits until everything that was written has come to rest. The journal is to be closed. */
export function restOf({ type, folder, journal }: Scene, written: Written): Promise<Rested> {
  return comeToRest(() => openBeside(type, folder, journal?.url ?? ""), written);
}

/** Stops what runs, closes the journal, and holds what was seen against what was written. */
export async function stopAndJudge(scene: Scene, written: Written, { journal, unsettled }: Rested): Promise<Verdict> {
  await scene.kept.stop();
  const { comesAgain = false } = scene.source;
  const seen = { ...(await gatherEvidence(journal, scene.farSide, scene)), unsettled, endings: scene.kept.endings, comesAgain };
  await journal.close();
  return judge(written, seen);
}
