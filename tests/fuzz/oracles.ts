import { engine } from "./engine.ts";
import { mingo } from "./mingo.ts";
import type { Oracle } from "./oracle.ts";

/** What conditions are held against: one row for each library whose meaning a dialect takes over. */
export const ORACLES: readonly Oracle[] = [mingo, engine];
