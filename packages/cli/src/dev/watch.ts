import { watch } from "node:fs";

const SETTLE_MS = 100;
const WATCHED = /^(backstitch\.json|\.env|(rules|services|conditions|templates|values)(\/|\\|$))/;

/** Calls back once after files of the project were saved. Ends when the signal aborts. */
export function watchProject(folder: string, changed: () => void, signal: AbortSignal): void {
  let timer: NodeJS.Timeout | undefined;
  watch(folder, { recursive: true, signal }, (_kind, file) => {
    if (file === null || !WATCHED.test(file)) return;
    clearTimeout(timer);
    timer = setTimeout(changed, SETTLE_MS);
  });
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
}
