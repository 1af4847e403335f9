/** Copies the log of a journal, whose path it is given, into its file each time it is told "copy", and answers when that is done; "end" ends it. */
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { copyLog } from "./copy-log.ts";

const db = new DatabaseSync(workerData as string);

parentPort?.on("message", (word: "copy" | "end") => {
  if (word === "copy") {
    copyLog(db);
    parentPort?.postMessage("copied");
  } else {
    db.close();
    parentPort?.close();
  }
});
