/** Owns a journal until it is killed. Says so on standard output. */
import { openSqliteJournal } from "@backstitch/journals/sqlite";

const journal = openSqliteJournal({ path: process.argv[2] ?? "", owner: "take" });
console.log("owner");
// A journal that nothing holds any more is collected, and its lock with it.
setInterval(() => void journal, 60_000);
