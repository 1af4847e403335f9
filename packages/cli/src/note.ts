import { hostname, userInfo } from "node:os";
import type { Note } from "@backstitch/core/journal";

/** Who says so, by the system's name for them, and why. */
export function noteOf(reason: string): Note {
  return { by: `${userName()}@${hostname()}`, reason };
}

/** A container's user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "unknown";
  }
}
